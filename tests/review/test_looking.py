"""What the desk asks of queue and history: neighbours, first files, warnings, the newest rows."""

from dataclasses import replace

import pytest

from monoprint.errors import UnknownGroup, UsageError
from monoprint.model.asset import Status
from monoprint.model.match import Relation
from monoprint.model.reading import Reading
from monoprint.model.review import Answer, Filter, Place, ReviewWarning, State, Verdict
from monoprint.review import chain, decisions, queue
from monoprint.review.compare import side_by_side


@pytest.fixture
def five(desk, make_group):
    """Fill the queue with five groups, two of them of one rank."""
    desk.put({f"{'ab'[n % 2]}:{n}/{c}": f"x{n}" for n in range(5) for c in "pqr"})
    desk.audit(*(
        make_group(*((f"{'ab'[n % 2]}:{n}/{c}", f"x{n}") for c in "pqr"), size=(5, 4, 4, 2, 1)[n])
        for n in range(5)
    ))  # fmt: skip
    return desk


def keys(desk, **narrowed):
    return [g.key for g in queue.page(desk.catalog, Filter(**narrowed)).groups]


def test_neighbours_are_those_of_the_queue(five):
    order = keys(five)
    assert len(order) == 5
    for n, key in enumerate(order):
        before, after = queue.beside(five.catalog, key, Filter())
        assert before == (order[n - 1] if n else None)
        assert after == (order[n + 1] if n + 1 < len(order) else None)


def test_neighbours_pass_the_filter_though_the_group_itself_does_not(five):
    order, within = keys(five), keys(five, store="a")
    outside = next(key for key in order if key not in within)
    at = order.index(outside)
    before, after = queue.beside(five.catalog, outside, Filter(store="a"))
    assert before == ([k for k in order[:at] if k in within] or [None])[-1]
    assert after == ([k for k in order[at:] if k in within] or [None])[0]


def test_a_decided_group_leads_on_to_the_next(five):
    order = keys(five)
    view = queue.group(five.catalog, order[1])
    decisions.decide(
        five.catalog, Answer(order[1], view.group.version, Verdict.KEEP, "ada", "", (0,))
    )
    assert queue.group(five.catalog, order[1]).group.state is State.SETTLED
    _, after = queue.beside(five.catalog, order[1], Filter())
    assert after in keys(five)


def test_what_is_not_in_the_queue_has_no_neighbours(five):
    assert queue.beside(five.catalog, bytes(32), Filter()) == (None, None)


def test_first_files_are_at_most_so_many_of_each(five):
    groups = queue.page(five.catalog).groups
    found = queue.previews(five.catalog, groups, 2)
    assert set(found) == {g.key for g in groups}
    for key, members in found.items():
        assert list(members) == list(queue.group(five.catalog, key).members[:2])


def test_choices_are_what_there_is(five):
    assert queue.choices(five.catalog) == {
        "stores": ["a", "b"], "relations": [Relation.IDENTICAL_BYTES], "formats": ["JPEG"],
    }  # fmt: skip


def test_warnings_are_found_by_number_and_by_group(desk, make_group, digest):
    desk.put({"a:p": "x", "a:q": "x", "a:r": "y", "a:s": "z"})
    places = [Place("a", path, digest(name)) for path, name in (("p", "x"), ("r", "y"), ("s", "z"))]
    desk.audit(
        make_group(("a:p", "x"), ("a:q", "x")),
        warnings=[
            ReviewWarning(Relation.EDITED, places[0], places[1], "the name", 0.9, ""),
            ReviewWarning(Relation.BURST, places[1], places[2], "", 0.8, ""),
        ],
    )
    (first, edited), (second, burst) = queue.warnings(desk.catalog)
    assert queue.warning(desk.catalog, first) == edited
    assert queue.warning(desk.catalog, second) == burst
    with pytest.raises(UnknownGroup):
        queue.warning(desk.catalog, second + 1)
    (view,) = desk.queue()
    assert queue.warnings_of(desk.catalog, view, 5) == [(first, edited)]
    assert queue.warnings_of(desk.catalog, view, 0) == []


def test_the_newest_rows_come_first_and_in_pages(five):
    for n in range(6):
        chain.note(five.catalog, "ada", "noted", str(n))
    rows = list(chain.read(five.catalog))
    assert chain.newest(five.catalog, limit=4) == rows[::-1][:4]
    assert chain.newest(five.catalog, rows[-4].seq, 3) == rows[::-1][4:7]
    assert chain.newest(five.catalog, 1) == []


def test_two_files_side_by_side(five):
    one, other, _ = queue.group(five.catalog, keys(five)[0]).members
    other = replace(other, width=one.width + 1, path="elsewhere/q")
    lines = {
        line.name: line
        for line in side_by_side(
            one, other,
            ({"exif.Model": "A", "encoding.quality": 90, "encoding.lossless": False},
             {"exif.Model": "A", "encoding.quality": 80, "zz": "only here"}),
        )
    }  # fmt: skip
    differ = {name for name, line in lines.items() if not line.same}
    assert differ == {"Folder", "Name", "Dimensions", "JPEG quality (estimate)", "Lossless", "zz"}
    assert (lines["JPEG quality (estimate)"].left, lines["zz"].left) == ("90", "")
    assert lines["Folder"].of_file
    assert not lines["Dimensions"].of_file


def test_what_was_compared_by_a_derivative_is_told(desk, make_group, digest):
    desk.put({"a:page": "p", "b:image": "p"})
    for store_id, store in desk.catalog.stores().values():
        if store.name == "b":
            (entry,) = desk.catalog.known(store_id)
    made = Reading(
        Status.OK, format="JPEG", bytes=100, width=4, height=3, frames=1, sha256=digest("p"),
        derived="IIIF derivative, 1024 px",
    )  # fmt: skip
    desk.catalog.record([(entry.id, made)])
    desk.audit(make_group(("a:page", "p"), ("b:image", "p")))
    view = queue.group(desk.catalog, keys(desk)[0])
    one, other = view.members
    assert (one.derived, other.derived) == ("", "IIIF derivative, 1024 px")
    (line,) = (line for line in side_by_side(one, other) if line.name == "Derivative")
    assert (line.left, line.right) == ("", "IIIF derivative, 1024 px")
    apart = Answer(view.group.key, view.group.version, Verdict.APART, "kim", positions=(0,))
    with pytest.raises(UsageError, match="a:page and b:image were compared by the same bytes"):
        decisions.decide(desk.catalog, apart)
