"""Decisions: bound to contents, versioned, undone; never asked again."""

import pytest

from monoprint.catalog.reviews import Reviews
from monoprint.errors import Changed, UnknownGroup, UsageError
from monoprint.model.match import Relation
from monoprint.model.review import (
    Answer,
    Filter,
    Part,
    Proposal,
    Purpose,
    State,
    Verdict,
)
from monoprint.review import decisions, queue


def answer(view, verdict, *positions, who="kim", why="", purpose=None):
    return Answer(view.group.key, view.group.version, verdict, who, why, positions, purpose)


def parts(view):
    return {f"{m.store}:{m.path}": m.part for m in view.members}


@pytest.fixture
def twins(desk, make_group):
    """Two copies of one content and another like it, in two stores."""
    desk.put({"a:1.jpg": "x", "b:2.jpg": "x", "b:3.jpg": "y"})
    desk.audit(make_group(("a:1.jpg", "x"), ("b:2.jpg", "x"), ("b:3.jpg", "y"),
                          relation=Relation.SIMILAR))  # fmt: skip
    return desk


def again(desk, make_group, *files, relation=Relation.SIMILAR):
    desk.put(dict(files))
    desk.audit(make_group(*files, relation=relation))


def test_keep_settles_the_group_and_names_who_stays_for_whom(twins):
    (view,) = twins.queue()
    now = decisions.decide(twins.catalog, answer(view, Verdict.KEEP, 1))
    assert now.group.state is State.SETTLED
    assert parts(now) == {"a:1.jpg": Part.COPY, "b:2.jpg": Part.KEEPER, "b:3.jpg": Part.COPY}
    assert [m.keeper for m in now.members] == [1, None, 1]
    assert twins.queue() == []


def test_keep_of_two_gives_each_copy_the_nearest(desk, make_group):
    desk.put({"a:1": "x", "a:2": "y", "a:3": "y"})
    desk.audit(make_group(("a:1", "x"), ("a:2", "y"), ("a:3", "y"), relation=Relation.SIMILAR))
    (view,) = desk.queue()
    now = decisions.decide(desk.catalog, answer(view, Verdict.KEEP, 0, 1))
    assert [m.part for m in now.members] == [Part.KEEPER, Part.KEEPER, Part.COPY]
    assert now.members[2].keeper == 1


def test_a_settled_group_stays_settled_through_moves_renames_and_losses(twins, make_group):
    (view,) = twins.queue()
    decisions.decide(twins.catalog, answer(view, Verdict.KEEP, 1))
    again(twins, make_group, ("c:new.jpg", "x"), ("b:2.jpg", "x"), ("a:deep/er.jpg", "y"))
    assert twins.queue() == []
    (moved,) = twins.queue(state=State.SETTLED)
    assert parts(moved)["b:2.jpg"] is Part.KEEPER
    again(twins, make_group, ("c:new.jpg", "x"), ("a:deep/er.jpg", "y"))
    (less,) = twins.queue(state=State.SETTLED)
    assert parts(less) == {"c:new.jpg": Part.KEEPER, "a:deep/er.jpg": Part.COPY}


def test_one_more_file_of_a_content_is_a_new_question(twins, make_group):
    (view,) = twins.queue()
    decisions.decide(twins.catalog, answer(view, Verdict.KEEP, 1))
    again(twins, make_group, ("a:1.jpg", "x"), ("b:2.jpg", "x"), ("c:3rd.jpg", "x"),
          ("b:3.jpg", "y"))  # fmt: skip
    (asked,) = twins.queue()
    assert set(parts(asked).values()) == {Part.UNDECIDED}


def test_contents_that_are_apart_never_share_an_open_group_again(twins, make_group, told):
    (view,) = twins.queue()
    now = decisions.decide(twins.catalog, answer(view, Verdict.APART, 2))
    assert now.group.state is State.SETTLED
    (rest,) = twins.queue()
    assert told(rest) == ["a:1.jpg", "b:2.jpg"]
    assert rest.group.relation is Relation.IDENTICAL_BYTES
    again(twins, make_group, ("b:3.jpg", "y"), ("a:moved.jpg", "x"), ("b:2.jpg", "x"))
    assert [told(g) for g in twins.queue()] == [["a:moved.jpg", "b:2.jpg"]]


def test_apart_without_files_sets_each_picture_apart(desk, make_group):
    files = {"a:1": "x", "a:2": "y", "a:3": "z"}
    desk.put(files)
    found = make_group(*files.items(), relation=Relation.SIMILAR)
    desk.audit(found)
    (view,) = desk.queue()
    decisions.decide(desk.catalog, answer(view, Verdict.APART))
    desk.audit(found)
    assert desk.queue() == []


def test_two_members_that_are_apart_each_stay_with_the_representative(desk, make_group, told):
    files = {"a:1": "x", "a:2": "y", "a:3": "z"}
    desk.put(files)
    desk.audit(make_group(("a:2", "y"), ("a:3", "z"), relation=Relation.SIMILAR))
    (view,) = desk.queue()
    decisions.decide(desk.catalog, answer(view, Verdict.APART))
    desk.audit(make_group(*files.items(), relation=Relation.SIMILAR))
    assert sorted(told(g) for g in desk.queue()) == [["a:1", "a:2"], ["a:1", "a:3"]]


def test_files_that_lose_their_representative_are_still_asked_about(desk, make_group, told):
    files = {"a:1": "x", "a:2": "y", "a:3": "z"}
    desk.put(files)
    desk.audit(make_group(*files.items(), relation=Relation.SIMILAR))
    (view,) = desk.queue()
    decisions.decide(desk.catalog, answer(view, Verdict.APART, 0))
    (left,) = desk.queue()
    assert told(left) == ["a:2", "a:3"]
    assert left.members[1].relation is Relation.SIMILAR
    assert "not compared directly" in left.members[1].evidence


def test_pairs_are_remembered_by_their_pixels_too(desk, make_group, told):
    desk.put({"a:1": "x", "a:2": "y"}, {"x": "pic", "y": "other"})
    desk.audit(make_group(("a:1", "x"), ("a:2", "y"), relation=Relation.SIMILAR))
    (view,) = desk.queue()
    decisions.decide(desk.catalog, answer(view, Verdict.APART))
    # The same picture with other metadata: other bytes, equal pixels.
    desk.put({"a:1": "x2", "a:2": "y"}, {"x2": "pic", "y": "other"})
    desk.audit(make_group(("a:1", "x2"), ("a:2", "y"), relation=Relation.SIMILAR))
    assert desk.queue() == []


def test_identical_bytes_cannot_be_set_apart(twins):
    (view,) = twins.queue()
    with pytest.raises(UsageError, match="the same bytes") as raised:
        decisions.decide(twins.catalog, answer(view, Verdict.APART, 0))
    assert "intended copy" in raised.value.advice
    assert twins.queue() == [view]


def test_an_intended_copy_is_no_waste_and_stays_one(twins, make_group):
    (view,) = twins.queue()
    assert (view.group.certain_bytes, view.group.possible_bytes) == (100, 100)
    now = decisions.decide(
        twins.catalog, answer(view, Verdict.INTENDED, 1, purpose=Purpose.REPLICA)
    )
    assert (now.group.certain_bytes, now.group.possible_bytes) == (0, 100)
    assert now.group.state is State.OPEN
    again(twins, make_group, ("a:1.jpg", "x"), ("b:elsewhere.jpg", "x"), ("b:3.jpg", "y"))
    (moved,) = twins.queue()
    assert parts(moved)["b:elsewhere.jpg"] is Part.INTENDED
    kept = decisions.decide(twins.catalog, answer(moved, Verdict.KEEP, 0))
    assert [m.part for m in kept.members] == [Part.KEEPER, Part.INTENDED, Part.COPY]


def test_when_all_others_are_intended_the_group_is_settled(twins):
    (view,) = twins.queue()
    now = decisions.decide(
        twins.catalog, answer(view, Verdict.INTENDED, 1, 2, purpose=Purpose.MARKED)
    )
    assert (now.group.state, now.group.verdict) == (State.SETTLED, Verdict.INTENDED)


def test_a_colleague_is_asked_with_a_note_that_survives_a_rescan(twins, make_group):
    (view,) = twins.queue()
    with pytest.raises(UsageError, match="note"):
        decisions.decide(twins.catalog, answer(view, Verdict.COLLEAGUE))
    decisions.decide(twins.catalog, answer(view, Verdict.COLLEAGUE, why="Which cheque?"))
    again(twins, make_group, ("a:1.jpg", "x"), ("b:2.jpg", "x"), ("b:moved.jpg", "y"))
    (asked,) = twins.queue(state=State.COLLEAGUE)
    assert asked.group.note == "Which cheque?"
    now = decisions.decide(twins.catalog, answer(asked, Verdict.KEEP, 0, who="lee"))
    assert now.group.state is State.SETTLED


def test_the_second_of_two_decisions_is_told_that_the_first_came_before(twins):
    (view,) = twins.queue()
    decisions.decide(twins.catalog, answer(view, Verdict.KEEP, 0))
    with pytest.raises(Changed, match="somebody else") as raised:
        decisions.decide(twins.catalog, answer(view, Verdict.KEEP, 1, who="lee"))
    assert raised.value.exit_code == 11
    (settled,) = twins.queue(state=State.SETTLED)
    assert parts(settled)["a:1.jpg"] is Part.KEEPER


def test_undo_brings_back_what_was_before(twins, told):
    (view,) = twins.queue()
    kept = decisions.decide(twins.catalog, answer(view, Verdict.KEEP, 0))
    other = decisions.decide(twins.catalog, answer(kept, Verdict.KEEP, 2, who="lee"))
    assert parts(other)["b:3.jpg"] is Part.KEEPER
    decisions.undo(twins.catalog, other.group.decision, "lee", "mistaken")
    (back,) = twins.queue(state=State.SETTLED)
    assert parts(back) == parts(kept)
    decisions.undo(twins.catalog, kept.group.decision, "kim")
    (open_again,) = twins.queue()
    assert told(open_again) == told(view)
    assert set(parts(open_again).values()) == {Part.UNDECIDED}
    with pytest.raises(UnknownGroup):
        decisions.undo(twins.catalog, kept.group.decision, "kim")


def test_undo_of_apart_joins_the_group_again(twins, told):
    (view,) = twins.queue()
    split = decisions.decide(twins.catalog, answer(view, Verdict.APART, 2))
    (part,) = twins.queue()
    settled = decisions.decide(twins.catalog, answer(part, Verdict.KEEP, 0))
    with pytest.raises(UsageError, match="decided since"):
        decisions.undo(twins.catalog, split.group.decision, "kim")
    decisions.undo(twins.catalog, settled.group.decision, "kim")
    decisions.undo(twins.catalog, split.group.decision, "kim")
    assert [told(g) for g in twins.queue()] == [told(view)]


def test_a_keeper_that_gives_way_elsewhere_opens_its_group_again(desk, make_group):
    desk.put({"a:1": "x", "a:2": "y", "a:3": "z"})
    desk.audit(
        make_group(("a:1", "x"), ("a:2", "y"), relation=Relation.SIMILAR),
        make_group(("a:1", "x"), ("a:3", "z"), relation=Relation.SIMILAR),
    )
    first = next(v for v in desk.queue() if v.members[1].path == "2")
    decisions.decide(desk.catalog, answer(first, Verdict.KEEP, 0))
    (second,) = desk.queue()
    decisions.decide(desk.catalog, answer(second, Verdict.KEEP, 1))
    (reopened,) = desk.queue()
    assert [m.path for m in reopened.members] == ["1", "2"]
    assert reopened.members[1].part is Part.UNDECIDED


@pytest.mark.parametrize(
    ("verdict", "positions"),
    [(Verdict.KEEP, ()), (Verdict.KEEP, (3,)), (Verdict.KEEP, (-1,)), (Verdict.KEEP, (0, 0)),
     (Verdict.INTENDED, (1,)), (Verdict.INTENDED, ())],
)  # fmt: skip
def test_answers_that_mean_nothing_change_nothing(twins, verdict, positions):
    (view,) = twins.queue()
    with pytest.raises(UsageError):
        decisions.decide(twins.catalog, answer(view, verdict, *positions))
    assert twins.queue() == [view]


def test_nobody_decides_nothing(twins):
    (view,) = twins.queue()
    with pytest.raises(UsageError, match="somebody"):
        decisions.decide(twins.catalog, answer(view, Verdict.KEEP, 0, who=" "))


def test_many_are_signed_off_at_once_and_the_changed_are_named(desk, make_group):
    files = {f"a:{n}{c}": f"x{n}" for n in range(30) for c in "pq"}
    desk.put(files)
    desk.audit(*(make_group((f"a:{n}p", f"x{n}"), (f"a:{n}q", f"x{n}")) for n in range(30)))
    views = desk.queue()
    proposals = [Proposal(v.group.key, v.group.version, 1, (0, 1), "newer") for v in views]
    decisions.decide(desk.catalog, answer(views[7], Verdict.KEEP, 0, who="lee"))
    done = decisions.settle(desk.catalog, proposals, "kim", "looked at as a list")
    assert (done.settled, done.changed) == (29, (views[7].group.key,))
    assert queue.counts(desk.catalog)[State.SETTLED].groups == 30
    assert [m.part for m in queue.group(desk.catalog, views[3].group.key).members] == [
        Part.COPY, Part.KEEPER,
    ]  # fmt: skip


def test_a_part_of_a_group_can_be_settled_and_the_rest_stays_open(twins):
    (view,) = twins.queue()
    proposal = Proposal(view.group.key, view.group.version, 0, (0, 1), "first")
    decisions.settle(twins.catalog, [proposal], "rules", "")
    (now,) = twins.queue()
    assert [m.part for m in now.members] == [Part.KEEPER, Part.COPY, Part.UNDECIDED]


def test_every_decision_is_in_the_history_by_group_and_content(twins, digest):
    (view,) = twins.queue()
    decisions.decide(twins.catalog, answer(view, Verdict.KEEP, 1, why="better scan"))
    reviews = Reviews(twins.catalog)
    (by_group,) = reviews.rows([view.group.key])
    (by_content,) = reviews.rows([digest("y")])
    assert by_group == by_content
    assert (by_group.who, by_group.why, by_group.act) == ("kim", "better scan", "decided")
    assert '"chosen":["b:2.jpg"]' in by_group.what


def test_findings_of_other_stores_stay_and_lose_what_is_gone(desk, make_group, told):
    desk.put({"a:1": "x", "b:2": "x", "b:3": "x", "c:4": "y", "c:5": "y"})
    desk.audit(make_group(("a:1", "x"), ("b:2", "x"), ("b:3", "x")),
               make_group(("c:4", "y"), ("c:5", "y")))  # fmt: skip
    desk.put({"a:1": "x", "b:2": "x", "c:4": "y", "c:5": "y"})
    desk.audit(stores=["b"])
    assert sorted(told(g) for g in desk.queue()) == [["a:1", "b:2"], ["c:4", "c:5"]]
    desk.audit(stores=["c"])
    assert [told(g) for g in desk.queue()] == [["a:1", "b:2"]]


def test_filters_narrow_and_pages_follow_each_other(desk, make_group):
    files = {f"s{n % 3}:dir{n % 2}/{n}{c}": f"x{n}" for n in range(40) for c in "pq"}
    desk.put(files)
    desk.audit(
        *(
            make_group((f"s{n % 3}:dir{n % 2}/{n}p", f"x{n}"),
                       (f"s{n % 3}:dir{n % 2}/{n}q", f"x{n}"), size=100 + n)
            for n in range(40)
        )
    )  # fmt: skip
    seen, after = [], None
    while True:
        page = queue.page(desk.catalog, after=after, limit=7)
        seen += page.groups
        after = queue.as_cursor(queue.cursor_text(page.next))
        if after is None:
            break
    assert [g.certain_bytes for g in seen] == list(range(139, 99, -1))
    assert len(desk.queue(store="s1")) == 13
    assert len(desk.queue(store="s1", folder="dir0/")) == 6
    assert len(desk.queue(store="s1", folder="dir")) == 0
    assert len(desk.queue(least_bytes=130)) == 10
    assert len(desk.queue(most_bytes=104)) == 5
    assert len(desk.queue(format="PNG")) == 0
    assert len(desk.queue(relation=Relation.SIMILAR)) == 0
    counted = queue.counts(desk.catalog, Filter(store="s1"))
    assert counted[State.OPEN].groups == 13
    assert queue.choices(desk.catalog) == {
        "stores": ["s0", "s1", "s2"], "relations": ["identical-bytes"], "formats": ["JPEG"],
    }  # fmt: skip
    with pytest.raises(UsageError):
        queue.page(desk.catalog, Filter(folder="dir0"))
