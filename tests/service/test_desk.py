"""The desk in a real Chromium: from an audit to a plan that was applied and undone."""

import re
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from monoprint.catalog.reviews import Reviews
from monoprint.model.asset import Status
from monoprint.model.match import Relation
from monoprint.model.reading import Reading
from monoprint.model.review import Answer, Duty, Filter, Place, ReviewWarning, State, Verdict
from monoprint.pipeline import reconcile
from monoprint.pipeline.progress import Silent
from monoprint.resolve.keys import Keyring
from monoprint.review import chain, decisions, queue

pytestmark = pytest.mark.browser

AUTHORITY = """
[[authority]]
reference = "DA-2026-007"
approver = "Records office"
expires = {tomorrow}
stores = ["housing"]

[[hold]]
name = "Case 14"
reason = "litigation"
paths = ["held/**"]
"""


def fill(folder, draw) -> None:
    """Draw two stores: copies by bytes, by pixels and by looks, and one under hold."""
    pier, tower = draw.jpeg(1), draw.photo(3)
    draw.store(folder / "housing", {
        "a/pier.jpg": pier, "a/pier copy.jpg": pier, "held/pier.jpg": pier,
        "b/tower.png": draw.file(tower, "PNG"),
        "b/tower again.png": draw.file(tower, "PNG", compress_level=1),
        "c/street.png": draw.file(draw.photo(7, (640, 480)), "PNG"),
        "c/街 <b>&amp;.jpg": draw.file(draw.photo(7, (640, 480)), "JPEG", quality=70),
        "d/deed.png": draw.file(draw.photo(9), "PNG"),
    })  # fmt: skip
    draw.store(folder / "landreg", {
        "scan.jpg": pier, "small.jpg": draw.file(draw.photo(7), "JPEG"),
        "deed.png": draw.file(draw.photo(9), "PNG"),
    })  # fmt: skip


@pytest.fixture
def served(serving, tmp_path, draw, run):
    fill(tmp_path, draw)
    place = str(tmp_path / "catalog.sqlite")
    ended = run(
        "audit", "--name", f"housing={tmp_path / 'housing'}",
        "--name", f"landreg={tmp_path / 'landreg'}", "--out", tmp_path / "report",
        "--catalog", place,
    )  # fmt: skip
    assert ended.code == 0, ended.err
    authority = tmp_path / "authority.toml"
    tomorrow = date.today() + timedelta(days=1)
    authority.write_text(AUTHORITY.format(tomorrow=tomorrow.isoformat()))
    return serving(place, tmp_path, authority)


def contents(folder) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for store in ("housing", "landreg")
        for path in sorted((folder / store).rglob("*"))
        if path.is_file() and ".monoprint-quarantine" not in path.parts
    }


def states(served) -> dict[State, int]:
    return {state: count.groups for state, count in queue.counts(served.catalog).items()}


def with_file(served, path: str):
    """Return the open group with a file of that path."""
    views = [
        queue.group(served.catalog, g.key)
        for g in queue.page(served.catalog, Filter(state=None)).groups
    ]
    return next(v for v in views if any(m.path == path for m in v.members))


def look(page, served, path: str):
    """Open the page of the group with a file."""
    view = with_file(served, path)
    page.goto(f"{served.base}/groups/{view.group.key.hex()}")
    return view


def drawn(page) -> None:
    """Wait until both pictures stand on the canvases."""
    page.wait_for_function(
        """() => [...document.querySelectorAll("#stage canvas")].every((canvas) => {
            if (!canvas.clientWidth) return true;
            const at = [canvas.width / 2 | 0, canvas.height / 2 | 0, 1, 1];
            return canvas.width > 1 && canvas.getContext("2d").getImageData(...at).data[3] === 255;
        })"""
    )


def test_the_whole_way_from_an_audit_to_an_undone_plan(served, person):
    before = contents(served.folder)
    kim, lee = person(served, "kim"), person(served, "lee")

    # Identical bytes are signed off in a list, as suggested.
    kim.goto(f"{served.base}/sign-off")
    shown = kim.locator(".proposal")
    assert shown.count() == queue.counts(
        served.catalog, Filter(relation=Relation.IDENTICAL_BYTES)
    )[State.OPEN].groups  # fmt: skip
    kim.fill("[name=why]", "looked through")
    kim.get_by_role("button", name="Settle").click()
    kim.get_by_text("groups are settled").wait_for()

    # The others one by one.
    kim.goto(served.base)
    while kim.locator(".row a").count():
        kim.locator(".row a").first.click()
        kim.get_by_role("button", name="as suggested").click()
        kim.wait_for_url(re.compile(r"done="))
        kim.goto(served.base)
    assert states(served)[State.OPEN] == 0

    # A plan, which its author cannot approve.
    kim.goto(f"{served.base}/plans")
    kim.select_option("[name=action]", "quarantine")
    kim.get_by_role("button", name="Make a plan").click()
    kim.wait_for_url(re.compile(r"/plans/[0-9a-f]{64}"))
    assert kim.get_by_text("somebody else approves it").is_visible()
    # What nobody gave leave for is no more than a report; what is under hold stays.
    assert kim.get_by_text("authority: none").count() >= 1
    stays = set(kim.locator(".plan-steps td:nth-child(3) .path").all_inner_texts())
    assert "held/pier.jpg" in stays
    lee.goto(kim.url)
    lee.get_by_text("Nobody has approved it yet").wait_for()
    lee.get_by_role("button", name="Approve as lee").click()
    lee.get_by_text("It is carried out by").wait_for()

    # Carried out and put back.
    (record,) = reconcile.plans(served.catalog)
    place = Path(record.place)
    done = reconcile.carry_out(
        served.catalog, place, served.folder / "authority.toml",
        Keyring(served.folder / "keys"), "kim", Silent(),
    )  # fmt: skip
    assert done.done > 0
    gone = set(before) - set(contents(served.folder))
    assert len(gone) == done.done
    assert not any(path.startswith(("landreg", "housing/held")) for path in gone)
    back = reconcile.put_back(served.catalog, place, (), "kim", Silent())
    assert back.undone == done.done
    assert contents(served.folder) == before

    # All of it stands in the history.
    lee.goto(f"{served.base}/history")
    told = lee.locator(".history").inner_text()
    for act in ("planned", "approved", "looked through", "kim", "lee"):
        assert act in told
    lee.get_by_role("button", name="Prove it whole").click()
    lee.get_by_text("rows are whole").wait_for()


def test_everything_by_keyboard(served, person):
    page = person(served, "ada")
    keys = page.keyboard
    keys.press("?")
    assert page.locator("#help").is_visible()
    keys.press("Escape")
    first, second, third = (g.key for g in queue.page(served.catalog).groups[:3])

    keys.press("j")
    keys.press("j")
    keys.press("k")
    keys.press("Enter")
    page.wait_for_url(f"**/groups/{first.hex()}*")
    drawn(page)
    for key, kind in (("b", "blink"), ("o", "overlay"), ("x", "difference"), ("s", "side")):
        keys.press(key)
        pressed = page.locator('[data-view][aria-pressed="true"]')
        assert pressed.get_attribute("data-view") == kind
    keys.press("+")
    page.wait_for_function("() => document.getElementById('zoom').textContent !== 'fit'")
    assert page.locator("#zoom").inner_text() != "fit"
    keys.press("ArrowRight")
    keys.press("0")
    page.wait_for_function("() => document.getElementById('zoom').textContent === 'fit'")
    left = page.locator("#stays").input_value()
    keys.press("r")
    assert page.locator("#stays").input_value() != left

    # Keep what stands on the left now, say why, and take it back.
    stays = int(page.locator("#stays").input_value())
    keys.press("w")
    keys.type("sharper")
    keys.press("Escape")
    keys.press("k")
    page.wait_for_url(f"**/groups/{second.hex()}?*done=*")
    view = queue.group(served.catalog, first)
    assert view.members[stays].part == "keeper"
    assert chain.newest(served.catalog, limit=1)[0].why == "sharper"
    keys.press("u")
    page.wait_for_url(f"**/groups/{first.hex()}*")
    assert queue.group(served.catalog, first).group.state is State.OPEN

    # Later; a colleague with a note; an intended copy; not duplicates.
    keys.press("l")
    page.wait_for_url(f"**/groups/{second.hex()}?*done=*")
    keys.press("c")
    keys.type("Which of these is the record copy?")
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_url(f"**/groups/{third.hex()}?*done=*")
    asked = queue.group(served.catalog, second).group
    assert (asked.state, asked.note) == (State.COLLEAGUE, "Which of these is the record copy?")
    assert queue.group(served.catalog, first).group.state is State.LATER

    look(page, served, "d/deed.png")
    assert page.get_by_role("button", name="Not duplicates").is_disabled()
    keys.press("i")
    keys.press("Tab")  # the second file is chosen already: on to what for
    keys.press("Tab")
    keys.press("ArrowDown")
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_url(re.compile("done="))
    row = next(r for r in chain.newest(served.catalog, limit=3) if r.act == "decided")
    assert '"purpose":"rendition"' in row.what
    keys.press("q")
    page.wait_for_url(f"{served.base}/")


def test_the_last_decision_of_the_queue_is_taken_back_by_a_key_too(served, person):
    page = person(served, "ada")
    view = with_file(served, "b/tower.png")
    only = f"relation={view.group.relation}&store=housing&folder=b"
    page.goto(f"{served.base}/groups/{view.group.key.hex()}?{only}")
    page.keyboard.press("k")
    page.wait_for_url(f"{served.base}/?*done=*")
    assert queue.group(served.catalog, view.group.key).group.state is State.SETTLED
    page.keyboard.press("u")
    page.wait_for_url(f"**/groups/{view.group.key.hex()}*")
    assert queue.group(served.catalog, view.group.key).group.state is State.OPEN


def test_who_follows_the_suggestion_says_its_reason(served, person):
    page = person(served, "ada")
    view = look(page, served, "c/street.png")
    page.fill("#decide [name=why]", "looked at")
    page.get_by_role("button", name="as suggested").click()
    page.wait_for_url(re.compile("done="))
    row = chain.newest(served.catalog, limit=1)[0]
    assert row.act == "decided"
    assert row.why.startswith("looked at: ")
    assert "rather than" in row.why
    chosen = queue.group(served.catalog, view.group.key)
    assert [m.part for m in chosen.members].count("keeper") == 1


def test_a_sign_off_is_taken_back_as_a_whole(served, person):
    page = person(served, "ada")
    before = states(served)
    page.goto(f"{served.base}/sign-off")
    chosen = page.locator(".proposal").count()
    page.keyboard.press("a")
    page.get_by_text("settled.").wait_for()
    assert states(served)[State.OPEN] == before[State.OPEN] - chosen
    # What somebody took back before is left, and said.
    decisions.undo(served.catalog, chain.newest(served.catalog, limit=1)[0].seq, "grace")
    page.keyboard.press("u")
    told = page.get_by_text("taken back before")
    told.wait_for()
    assert f"{chosen - 1} group" in told.inner_text()
    assert states(served) == before
    assert page.locator(".proposal").count() == chosen


def test_single_keys_can_be_switched_off(served, person):
    page = person(served, "ada")
    page.keyboard.press("?")
    page.locator("#single-keys").uncheck()
    page.keyboard.press("Escape")
    view = look(page, served, "b/tower.png")
    page.keyboard.press("k")
    page.keyboard.press("l")
    page.reload()
    assert queue.group(served.catalog, view.group.key) == view


def test_enter_in_the_reason_decides_nothing(served, person):
    page = person(served, "ada")
    view = look(page, served, "b/tower.png")
    page.fill("#decide [name=why]", "because")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert queue.group(served.catalog, view.group.key) == view


def test_pictures_that_are_not_duplicates_are_set_apart(served, person):
    page = person(served, "ada")
    view = look(page, served, "c/street.png")
    small = next(m.position for m in view.members if m.path == "small.jpg")
    page.keyboard.press("d")
    page.locator(f"#apart input[value='{small}']").check()
    page.locator("#apart button.primary").click()
    page.wait_for_url(re.compile("done="))
    left = with_file(served, "small.jpg").group
    assert left.state is State.SETTLED
    views = [queue.group(served.catalog, g.key) for g in queue.page(served.catalog).groups]
    rest = {m.path for m in view.members} - {"small.jpg"}
    assert rest in [{m.path for m in each.members} for each in views]


def test_why_files_cannot_be_set_apart_is_told_of_what_was_compared(served, person):
    page = person(served, "ada")
    view = look(page, served, "d/deed.png")
    hint = page.locator(".decide .hint").first
    assert "All are the same bytes" in hint.inner_text()
    member = view.members[1]
    (store_id,) = (n for n, s in served.catalog.stores().values() if s.name == member.store)
    (entry,) = (e for e in served.catalog.known(store_id) if e.listed.path == member.path)
    made = Reading(
        Status.OK, format="PNG", bytes=member.bytes, width=member.width, height=member.height,
        frames=1, sha256=member.sha256, derived="IIIF derivative, 320 px",
    )  # fmt: skip
    served.catalog.record([(entry.id, made)])
    page.reload()
    assert "All are" not in hint.inner_text()
    assert "those of the masters may differ" in hint.inner_text()


def test_two_browsers_that_decide_the_same_group(served, person):
    ada, grace = person(served, "ada"), person(served, "grace")
    view = look(ada, served, "b/tower.png")
    look(grace, served, "b/tower.png")
    ada.get_by_role("button", name="the left one").click()
    ada.wait_for_url(re.compile("done="))
    grace.keyboard.press("l")
    alert = grace.get_by_role("alert").filter(has_text="not entered")
    alert.wait_for()
    assert "changed by somebody else" in alert.inner_text()
    assert grace.get_by_role("heading", name="Settled").is_visible()
    now = queue.group(served.catalog, view.group.key).group
    assert (now.state, now.verdict) == (State.SETTLED, Verdict.KEEP)


def test_what_others_do_shows_by_itself(served, person):
    page = person(served, "ada")
    assert page.locator("#state-settled .tally").inner_text() == "0"
    view = with_file(served, "b/tower.png")
    other = page.context.new_page()
    other.goto(f"{served.base}/groups/{view.group.key.hex()}")
    decisions.decide(
        served.catalog,
        Answer(view.group.key, view.group.version, Verdict.KEEP, "grace", "", (0,)),
    )
    page.wait_for_function(
        "() => document.querySelector('#state-settled .tally').textContent === '1'"
    )
    other.get_by_text("Somebody has just changed this group").wait_for()


def test_equal_pictures_show_no_difference_and_others_do(served, person):
    page = person(served, "ada")
    look(page, served, "d/deed.png")
    page.keyboard.press("x")
    page.get_by_text("nothing that is shown differs").wait_for()
    look(page, served, "c/street.png")
    page.keyboard.press("x")
    page.get_by_text("% of what is shown differs").wait_for()


@pytest.fixture
def scenes(serving, tmp_path, draw, run):
    """Serve a scene with a part and a turned copy of it."""
    scene = draw.scene(4)
    draw.store(tmp_path / "maps", {
        "whole.png": draw.file(scene, "PNG"),
        "part.jpg": draw.file(scene.crop((120, 90, 760, 540)), "JPEG", quality=90),
        "turned.png": draw.file(scene.rotate(90, expand=True), "PNG"),
    })  # fmt: skip
    place = str(tmp_path / "catalog.sqlite")
    run("audit", tmp_path / "maps", "--out", tmp_path / "report", "--catalog", place)
    return serving(place, tmp_path)


def told(page, words: str) -> str:
    """Wait until the viewer says something, and return all that it says."""
    said = page.locator("#said").filter(has_text=words)
    said.wait_for()
    return said.inner_text()


def differing(text: str) -> float:
    """Return how much differs, in per cent, as the viewer says it."""
    return float(re.search(r"([0-9.]+) % of what is shown", text).group(1))


def test_a_part_and_a_turned_copy_are_laid_where_they_belong(scenes, person):
    page = person(scenes, "ada")
    view = look(page, scenes, "whole.png")
    at = {m.path: m.position for m in view.members}
    page.keyboard.press(str(at["whole.png"] + 1))
    if page.locator("#stays").input_value() != str(at["whole.png"]):
        page.keyboard.press("r")
    for path, both in (("part.jpg", "both show (59|60) %"), ("turned.png", "differs; the")):
        page.keyboard.press(str(at[path] + 1))
        for key in ("b", "o", "x"):
            page.keyboard.press(key)
            text = told(page, "aligned with the left one")
        assert re.search(both, text)
        assert differing(text) < 8
        page.wait_for_function(BRIGHT_BELOW, arg=40)
    page.keyboard.press("r")  # the whole one turned onto the turned one
    assert differing(told(page, "aligned with the left one")) < 8


# Whether the difference that is drawn is as dark as that of two pictures that lie on each other.
BRIGHT_BELOW = """(most) => {
    const canvas = document.querySelector("#stage canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0, seen = 0;
    for (let n = 0; n < data.length; n += 4)
        if (data[n + 3] === 255) { sum += data[n] + data[n + 1] + data[n + 2]; seen += 3; }
    return seen > 10000 && sum / seen < most;
}"""


def test_what_cannot_be_aligned_lies_as_it_is_and_says_so(scenes, person):
    page = person(scenes, "ada")
    look(page, scenes, "whole.png")
    drawn(page)
    for path in (scenes.folder / "maps").iterdir():
        path.write_bytes(b"replaced since the page was opened")
    page.keyboard.press("x")
    text = told(page, "changed since it was scanned")
    assert "not aligned" in text
    assert "the right one lies on the left one as it is" in text
    assert differing(text) > 20


def test_both_pictures_move_together(served, person):
    page = person(served, "ada")
    look(page, served, "d/deed.png")
    drawn(page)
    for _ in range(4):
        page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(200)
    first, second = page.locator("#stage canvas").evaluate_all(
        "all => all.map(each => each.toDataURL())"
    )
    assert first == second  # equal bytes, so equal views


def test_metadata_stand_side_by_side_with_differences_marked(served, person):
    page = person(served, "ada")
    look(page, served, "c/street.png")
    row = page.locator(".sides tr", has_text="Format")
    row.wait_for()
    assert "differs" in (row.get_attribute("class") or "")
    shape = page.locator(".sides tr", has_text="Dimensions")
    told = shape.locator("td").all_inner_texts()
    assert ("differs" in (shape.get_attribute("class") or "")) == (told[0] != told[1])
    assert page.locator(".sides tr", has_text="JPEG quality").count() == 1


def test_names_are_shown_as_they_are(served, person):
    page = person(served, "ada")
    look(page, served, "c/街 <b>&amp;.jpg")
    assert page.get_by_text("c/街 <b>&amp;.jpg", exact=True).first.is_visible()
    assert page.locator("main b b").count() == 0


def test_the_queue_narrows(served, person):
    page = person(served, "ada")
    page.select_option("[name=relation]", "identical-pixels")
    page.wait_for_url(re.compile("relation=identical-pixels"))
    assert page.locator(".row").count() == 1
    page.get_by_role("link", name="Clear").click()
    page.wait_for_url(f"{served.base}/")
    assert page.locator("[name=folder]").is_disabled()  # a folder is one of a store
    page.select_option("[name=store]", "housing")
    page.wait_for_url(re.compile("store=housing"))
    page.fill("[name=folder]", "d")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("folder=d"))
    assert page.locator(".row .path").all_inner_texts() == ["deed.png"]
    assert page.locator("#state-open .tally").inner_text() == "1"
    page.select_option("[name=store]", "")
    page.locator(".row").nth(1).wait_for()
    assert page.locator("[name=folder]").input_value() == ""


def warn(served) -> None:
    """Enter a warning about two files, as a verifying audit does."""
    view = with_file(served, "d/deed.png")
    first = Place(view.members[0].store, view.members[0].path, view.members[0].sha256)
    other = with_file(served, "b/tower.png").members[0]
    with Reviews(served.catalog).deciding() as deciding:
        deciding.add_warnings([
            ReviewWarning(Relation.EDITED, first, Place(other.store, other.path, other.sha256),
                          "the name in the middle", 0.9, "3 % differ")
        ])  # fmt: skip


def test_warnings_are_shown_as_such(served, person):
    warn(served)
    page = person(served, "ada")
    page.goto(f"{served.base}/warnings")
    image = page.locator(".pairs img").first
    page.wait_for_function("image => image.naturalWidth > 0", arg=image.element_handle())
    assert page.locator(".pairs .warns").inner_text() == "Edited"
    assert page.locator(".pairs button").count() == 0
    look(page, served, "d/deed.png")
    assert page.get_by_text("Looks like these, and is none of them").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_axe_finds_nothing_serious(served, person, scheme, width):
    warn(served)
    settled = with_file(served, "b/tower.png").group
    with closing(served.client("kim", Duty.REVIEWER)) as kim:
        made = kim.post("/plans", data={"action": "report"}).headers["location"]
        done = kim.post(
            f"/groups/{settled.key.hex()}/decide", data={"version": settled.version, "keep": 0}
        )
        assert done.status_code == 303
    page = person(served, "ada", color_scheme=scheme, viewport={"width": width, "height": 900})
    street = with_file(served, "c/street.png").group.key.hex()
    found = {}
    for path, within in (
        ("/", ".row"), ("/?state=settled", ".row"), (f"/groups/{street}", ".sides"),
        (f"/groups/{settled.key.hex()}?done=2", ".sides"), ("/sign-off", ".proposal"),
        ("/plans", ".plan"), (made, ".card"), ("/warnings", ".pairs"), ("/history", ".history"),
    ):  # fmt: skip
        page.goto(served.base + path)
        page.locator(within).first.wait_for()
        page.wait_for_load_state("networkidle")
        for dialog in (None, "?", "i") if path.startswith(f"/groups/{street}") else (None,):
            if dialog:
                page.keyboard.press(dialog)
            result = Axe().run(page)
            found |= {
                f"{path} {dialog or ''} {each['id']}": [node["html"] for node in each["nodes"]]
                for each in result.response["violations"]
                if each["impact"] in {"serious", "critical"}
            }
            if dialog:
                page.keyboard.press("Escape")
        wide = page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
        assert not wide, path
    assert found == {}
