"""Reconciling: what an audit finds comes into the queue, and files show and say what they hold."""

import io

import numpy as np
import pytest
from PIL import Image

import monoprint
from monoprint.errors import UnknownGroup, Unreadable
from monoprint.model.match import Relation
from monoprint.model.plan import Action
from monoprint.model.review import Filter, State
from monoprint.pipeline import reconcile
from monoprint.pipeline.progress import Silent
from monoprint.resolve import keep, planfile
from monoprint.resolve.authority import NONE
from monoprint.resolve.keys import Keyring
from monoprint.review import queue


@pytest.fixture(scope="module")
def audited(tmp_path_factory, draw):
    """A catalog of one store with two copies of a picture and one with other metadata."""
    folder = tmp_path_factory.mktemp("audited")
    exif = Image.Exif()
    exif[0x010E] = "the old pier"
    picture = draw.photo(1)
    store = draw.store(folder / "store", {
        "a.png": draw.file(picture, "PNG"), "b.png": draw.file(picture, "PNG"),
        "c.png": draw.file(picture, "PNG", exif=exif), "alone.jpg": draw.jpeg(9),
    })  # fmt: skip
    catalog = monoprint.open_catalog(folder / "catalog.sqlite")
    monoprint.scan(catalog, {"s": store})
    monoprint.audit(catalog, {"s": store})
    yield catalog, store
    catalog.close()


@pytest.fixture(scope="module")
def workers():
    with reconcile.OnDemand() as made:
        yield made


def only(catalog):
    (group,) = queue.page(catalog, Filter(state=None)).groups
    return queue.group(catalog, group.key)


def test_an_audit_fills_the_queue(audited):
    view = only(audited[0])
    assert view.group.relation is Relation.IDENTICAL_PIXELS
    assert {m.path for m in view.members} == {"a.png", "b.png", "c.png"}
    assert all(m.pixels for m in view.members)
    assert len({m.picture for m in view.members}) == 1


def test_files_say_what_they_hold(audited, workers):
    catalog, _ = audited
    view = only(catalog)
    told = reconcile.facts(catalog, workers, view.group.key)
    captions = {m.path: t.get("exif.ImageDescription") for m, t in zip(view.members, told,
                                                                      strict=True)}  # fmt: skip
    assert captions == {"a.png": None, "b.png": None, "c.png": "the old pier"}


def test_a_picture_is_shown_by_its_group_and_number_only(audited, workers):
    catalog, _ = audited
    key = only(catalog).group.key
    data = reconcile.picture(catalog, workers, key, 0, 64)
    assert data.startswith(b"\xff\xd8")
    with pytest.raises(UnknownGroup):
        reconcile.picture(catalog, workers, key, 3, 64)
    with pytest.raises(UnknownGroup):
        reconcile.picture(catalog, workers, bytes(32), 0, 64)


def test_a_picture_that_changed_is_not_shown(audited, workers):
    catalog, store = audited
    view = only(catalog)
    at = next(m.position for m in view.members if m.path == "b.png")
    held = (store / "b.png").read_bytes()
    (store / "b.png").write_bytes(held[:-1])
    with pytest.raises(Unreadable, match="changed"):
        reconcile.picture(catalog, workers, view.group.key, at, 64)
    (store / "b.png").write_bytes(held)


def test_a_suggestion_says_which_would_stay_and_why(audited, workers):
    catalog, _ = audited
    view = only(catalog)
    proposed = reconcile.suggestion(catalog, workers, view.group.key, keep.DEFAULT, NONE)
    assert proposed.proposal is not None
    assert view.members[proposed.proposal.keeper].path == "a.png"
    assert "first by store and path" in proposed.reason
    (listed,) = reconcile.preview(catalog, workers, Filter(), keep.DEFAULT, NONE)
    assert listed.proposal == proposed.proposal


def test_what_was_saved_anew_at_a_higher_quality_gives_way_to_what_it_was_made_from(
    tmp_path, draw, workers
):
    noise = np.random.default_rng(1).normal(0, 6, (300, 400, 3))
    shown = np.asarray(draw.photo(1).resize((400, 300)).convert("RGB")) + noise
    first = draw.file(Image.fromarray(np.clip(shown, 0, 255).astype(np.uint8)), "JPEG", quality=75)
    again = draw.file(Image.open(io.BytesIO(first)), "JPEG", quality=95)
    store = draw.store(tmp_path / "store", {"a-again.jpg": again, "b-first.jpg": first})
    catalog = monoprint.open_catalog(tmp_path / "catalog.sqlite")
    monoprint.scan(catalog, {"s": store})
    monoprint.audit(catalog, {"s": store})
    view = only(catalog)
    proposed = reconcile.suggestion(catalog, workers, view.group.key, keep.DEFAULT, NONE)
    assert view.members[proposed.proposal.keeper].path == "b-first.jpg"
    assert "JPEG quality 75 rather than JPEG quality 95, saved before at about 7" in proposed.reason
    catalog.close()


def test_rules_settle_what_is_identical(audited, workers):
    catalog, _ = audited
    done, left = reconcile.settle_by_rules(
        catalog, workers, keep.DEFAULT, NONE, "kim", "", Silent(), dry_run=True
    )
    assert (done.settled, left) == (1, [])
    assert only(catalog).group.state is State.OPEN


@pytest.fixture
def listed(tmp_path, draw, monkeypatch):
    """A catalog of a folder with two copies, and of a table that tells of its files."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    data = draw.jpeg(1)
    draw.store(tmp_path / "store", {"a.jpg": data, "b.jpg": data})
    table = tmp_path / "deeds.csv"
    table.write_text("id,file,branch,series\n1,a.jpg,annex,plans\n2,b.jpg,main,deeds of land\n")
    stores = {
        "s": str(tmp_path / "store"),
        "t": f"{table}#path=file,id=id,branch=branch,series=series,root={tmp_path / 'store'}",
    }
    catalog = monoprint.open_catalog(tmp_path / "catalog.sqlite")
    monoprint.scan(catalog, stores)
    monoprint.audit(catalog, {"s": stores["s"]})
    yield catalog
    catalog.close()


def test_what_a_table_tells_decides_which_file_of_a_folder_stays(listed, workers, tmp_path):
    (tmp_path / "rules.toml").write_text('keep = [{ attribute = { branch = ["main", "annex"] } }]')
    rules = reconcile.load_rules(tmp_path / "rules.toml")
    (proposed,) = reconcile.preview(listed, workers, Filter(), rules, NONE)
    assert proposed.view.members[proposed.proposal.keeper].path == "b.jpg"
    assert "main rather than annex" in proposed.reason


def test_a_hold_by_what_a_table_tells_covers_the_file_of_a_folder(listed, workers, tmp_path):
    held = tmp_path / "authority.toml"
    held.write_text(
        'persons = 1\n[[hold]]\nname = "Case 12"\nreason = "court"\n'
        'attributes = { series = "deeds*" }\n'
        '[[authority]]\nreference = "DA"\napprover = "x"\nexpires = 2099-01-01\nstores = ["s"]\n'
    )
    (tmp_path / "rules.toml").write_text('keep = [{ attribute = { branch = ["annex"] } }]')
    rules = reconcile.load_rules(tmp_path / "rules.toml")
    reconcile.settle_by_rules(listed, workers, rules, NONE, "kim", "", Silent())
    made = reconcile.make_plan(
        listed, workers, reconcile.Wanted("kim", Action.QUARANTINE), held,
        tmp_path / "plan.json", Keyring(tmp_path / "keys"), Silent(),
    )  # fmt: skip
    assert made.totals["blocked_by_hold"]["files"] == 1
    assert made.totals["authorised_now"]["files"] == 0
    (step,) = planfile.steps(tmp_path / "plan.json")
    assert (step.copy, step.why) == (("s", "b.jpg"), "hold Case 12: court")
    open_to_all = held.read_text().replace("deeds*", "maps*")
    held.write_text(open_to_all)
    may = reconcile._may(listed, tmp_path / "plan.json", made, held)
    assert may(step) == ""
    held.write_text(open_to_all.replace("maps*", "deeds*"))
    assert "Case 12" in reconcile._may(listed, tmp_path / "plan.json", made, held)(step)
