"""The page in a real Chromium, opened from a file as a records manager would."""

from urllib.parse import urlsplit

import pytest

from monoprint.model.asset import path_text
from monoprint.report.html import HtmlReport

pytestmark = pytest.mark.browser

# What matches and warnings of the report of odd names show as their evidence.
BROKEN_EVIDENCE = "evidence/broken.webp"


@pytest.fixture(scope="module")
def pages(odd, empty, many, drawn, branches, tmp_path_factory):
    """Return the addresses of the written pages."""
    museum, museum_folder = drawn
    reports = {
        "odd": (odd, tmp_path_factory.mktemp("odd")),
        "empty": (empty, tmp_path_factory.mktemp("empty")),
        "many": (many, tmp_path_factory.mktemp("many")),
        "branches": (branches, tmp_path_factory.mktemp("branches")),
        "museum": (museum, museum_folder),
    }
    broken = reports["odd"][1] / BROKEN_EVIDENCE
    broken.parent.mkdir()
    broken.write_text("no picture")
    return {
        name: HtmlReport().write(report, folder)[0].as_uri()
        for name, (report, folder) in reports.items()
    }


@pytest.fixture
def opened(browser, pages):
    """Open pages, and afterwards hold them to silence and to the folder they lie in."""
    contexts, complaints, requests = [], [], []

    def open_page(name, **options):
        options = {"viewport": {"width": 1400, "height": 1000}} | options
        context = browser.new_context(reduced_motion="reduce", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(pages[name])
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert {urlsplit(url).scheme for url in requests} <= {"file"}


def group_names(page):
    return page.locator("#group-list h3").all_inner_texts()


def settle(page, text):
    """Wait until the line that tells how many groups were found says `text`."""
    page.wait_for_function(
        "text => document.getElementById('found').textContent.includes(text)", arg=text
    )


@pytest.mark.parametrize("name", ["odd", "empty", "museum"])
def test_a_page_opens_from_a_file_in_silence(opened, name):
    page = opened(name)
    assert page.locator("h1").inner_text().startswith("Copies of images")


def test_pictures_come_from_the_folder(opened):
    page = opened("museum")
    picture = page.locator("#group-list img").first
    picture.scroll_into_view_if_needed()
    page.wait_for_function(
        "image => image.complete && image.naturalWidth > 0", arg=picture.element_handle()
    )


def test_the_script_shows_names_as_they_are(opened, odd):
    page = opened("odd")
    shown = page.locator("#group-list .file > .path").all_inner_texts()
    expected = {member.path for group in odd.audit.groups for member in group.members}
    assert set(shown) == expected


def test_a_name_that_is_markup_does_nothing(opened):
    page = opened("odd")
    name = path_text("</script><img src=x onerror=document.title='broken'>.png")
    assert name in "".join(page.locator("#group-list .path").all_inner_texts())
    assert page.locator("img[src='x']").count() == 0
    assert "broken" not in page.title()


def test_search_narrows_groups(opened):
    page = opened("many")
    page.fill("#search", "PICTURE-00042")
    settle(page, "1 to 1 of 1 group")
    assert group_names(page) == ["picture-00042.tif"]
    assert page.locator(".member.found").count() == 1
    page.fill("#search", "no such file")
    settle(page, "No group of 10,000 is like that")
    page.get_by_role("button", name="Clear").click()
    settle(page, "of 10,000 groups")


def test_groups_can_be_sorted(opened):
    page = opened("many")
    assert group_names(page)[0] == "picture-09999.tif"
    page.select_option("#sort", "name")
    assert group_names(page)[:2] == ["picture-00000.tif", "picture-00001.tif"]
    page.select_option("#sort", "possible")
    assert page.locator("#group-list .savings .possible").first.inner_text() == "5.00 kB possible"


def test_ten_thousand_groups_come_in_pages(opened):
    page = opened("many")
    pager = page.locator("#group-pager")
    assert len(group_names(page)) == 20
    pager.get_by_role("button", name="Next").click()
    settle(page, "21 to 40 of 10,000 groups")
    assert group_names(page)[0] == "picture-09979.tif"
    pager.get_by_role("button", name="Last").click()
    settle(page, "9,981 to 10,000 of 10,000 groups")
    pager.get_by_role("spinbutton").fill("3")
    pager.get_by_role("spinbutton").press("Enter")
    settle(page, "41 to 60 of 10,000 groups")


def test_filters_narrow_groups(opened):
    page = opened("museum")
    page.select_option("#relation", "identical-pixels")
    assert (
        0
        < page.locator("#group-list article").count()
        == page.locator("article:has(.identical-pixels)").count()
    )
    page.get_by_role("button", name="Clear").click()
    settle(page, "of 47 groups")
    page.select_option("#format", "GIF")
    settle(page, "1 to 1 of 1 group")
    page.check("#across")
    settle(page, "No group")


def test_a_cell_of_the_matrix_filters_to_its_two_stores(opened, drawn):
    page = opened("museum")
    for shared in drawn[0].audit.shared:
        names = [store.name for store in drawn[0].audit.stores]
        first, second = names.index(shared.first), names.index(shared.second)
        page.locator(f".matrix [data-first='{first}'][data-second='{second}']").click()
        settle(page, f"of {shared.groups} group")
        assert page.locator("#first").input_value() == str(first)
        assert page.locator("#second").input_value() == str(second)


def test_a_big_group_is_folded(opened):
    page = opened("museum")
    page.select_option("#format", "GIF")
    members = page.locator(".member")
    assert members.count() == 12
    page.get_by_role("button", name="Show 1,000 more of 1,401").click()
    assert members.count() == 1000
    page.get_by_role("button", name="Show all 1,401").click()
    assert members.count() == 1401
    assert page.locator(".more").count() == 0


def test_a_folded_group_shows_what_was_found(opened):
    page = opened("museum")
    page.fill("#search", "uploads/2021/139/")
    settle(page, "1 to 1 of 1 group")
    assert page.locator(".member").count() == 12
    assert page.locator(".member.found .path").inner_text() == "uploads/2021/139/placeholder.gif"


def test_two_pictures_are_compared_with_the_keyboard(opened):
    page = opened("museum")
    page.locator(".thumb button").first.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_role("heading").inner_text().startswith("File 2 of 3")
    assert dialog.locator("img").count() == 2
    page.keyboard.press("ArrowRight")
    assert dialog.get_by_role("heading").inner_text().startswith("File 3 of 3")
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_a_match_tells_its_changes_how_sure_it_is_and_shows_its_evidence(opened):
    page = opened("museum")
    page.select_option("#relation", "cropped")
    member = page.locator(".member:has(.relation.cropped)").first
    how = member.locator(".how").inner_text()
    assert "cropped to 30 % of the picture" in how
    assert "96 % sure" in how
    member.get_by_role("button", name="Evidence").click()
    dialog = page.get_by_role("dialog")
    picture = dialog.locator(".evidence img")
    picture.scroll_into_view_if_needed()
    page.wait_for_function(
        "image => image.complete && image.naturalWidth > 600", arg=picture.element_handle()
    )
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_a_member_that_was_found_through_another_is_shown_beside_that_one(opened):
    page = opened("museum")
    page.select_option("#relation", "overlaid")
    member = page.locator(".member.through").first
    between = member.locator(".twin .path").inner_text()
    assert between.endswith("-detail.png")
    member.get_by_role("button", name="Evidence").press("Enter")
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_role("heading", level=2).inner_text().endswith("it was found through")
    shown = dialog.locator("figcaption .path").first.inner_text()
    assert between == f"Press office:{shown}"


def test_a_picture_of_evidence_that_cannot_be_shown_is_told(opened):
    page = opened("odd")
    page.locator(".member .quiet").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The evidence picture cannot be shown.").wait_for()


def test_a_rung_of_the_ladder_filters_to_its_groups(opened):
    page = opened("museum")
    page.locator(".ladder a[data-relation='adjusted']").click()
    assert page.locator("#relation").input_value() == "adjusted"
    groups = page.locator("#group-list article")
    assert 0 < groups.count() == page.locator("article:has(.adjusted)").count()


def test_warnings_show_both_pictures_and_are_filtered(opened):
    page = opened("museum")
    items = page.locator("#warning-list > li")
    assert items.count() == 5
    page.locator(".ladder a[data-relation='burst']").click()
    assert items.count() == 1
    assert items.locator("img").count() == 2
    assert "taken 0.4 seconds later" in items.inner_text()
    page.select_option("#warning-relation", "edited")
    assert items.count() == 3
    assert items.first.locator(".evidence img").count() == 1
    assert "91 % sure" in items.first.inner_text()
    page.fill("#warning-search", "10 871 nothing")
    page.get_by_text("No pair of 5 is like that.").wait_for()
    page.fill("#warning-search", "10 871")
    page.get_by_text("1 to 2 of 2 pairs (of 5)").wait_for()
    page.fill("#warning-search", "")
    page.select_option("#warning-relation", "contested")
    assert items.count() == 1
    assert "over 99 % sure if seen alone" in items.inner_text()


def test_many_warnings_come_in_pages(opened):
    page = opened("odd")
    items = page.locator("#warning-list > li")
    assert items.count() == 10
    page.locator("#warning-pager").get_by_role("button", name="Next").click()
    assert items.count() == 5


def test_files_that_could_not_be_read_are_filtered_by_status(opened, drawn):
    page = opened("museum")
    page.select_option("#status", "refused")
    rows = page.locator("#problem-list tbody tr")
    refused = drawn[0].audit.totals.refused
    assert 0 < rows.count() == min(50, refused)
    assert set(rows.locator(".status").all_inner_texts()) == {"refused"}


@pytest.mark.parametrize("name", ["odd", "empty", "museum", "branches"])
def test_a_narrow_page_does_not_scroll_sideways(opened, name):
    page = opened(name, viewport={"width": 400, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    if name == "museum":
        page.locator(".quiet").first.click()
        assert page.evaluate("document.querySelector('dialog').scrollWidth") <= 400


def test_without_script_the_totals_are_there(opened):
    page = opened("museum", java_script_enabled=False)
    assert page.locator(".sum .total dd").inner_text() == "2,903"
    assert "switched off" in page.locator("#groups").inner_text()


def test_groups_that_differ_show_a_picture_of_each_value_and_lead_to_the_group(opened, odd):
    page = opened("odd")
    items = page.locator("#differing-list > li")
    assert items.count() == 10
    first = items.first
    assert "2 values of =number" in first.inner_text()
    assert first.locator("figcaption bdi").all_inner_texts()[:1] == ["<b>P-2</b>"]
    name = first.locator("button", has_text="Group").inner_text().removeprefix("Group ")
    assert name in {group.id for group in odd.audit.groups}
    first.locator("button", has_text="Group").click()
    assert page.locator("#group-list > li").count() == 1
    assert name in page.locator("#group-list > li").inner_text()


def test_values_that_share_pictures_stand_in_a_matrix_of_their_own(opened):
    page = opened("odd")
    table = page.locator("table.matrix").last
    assert table.locator("tbody th bdi").all_inner_texts() == ["<b>P-2</b>", "=P;=1"]
    assert table.locator("b").all_inner_texts() == ["15", "15"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["odd", "empty", "museum", "branches"])
def test_it_has_no_serious_barrier(opened, name, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(name, color_scheme=scheme)
    barriers(page, Axe())
    if name == "museum":
        page.locator(".thumb button").first.click()
        barriers(page, Axe())


def barriers(page, axe):
    response = axe.run(page).response
    assert response["passes"]
    found = response["violations"]
    serious = [
        (rule["id"], [node["html"] for node in rule["nodes"]][:3])
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []
