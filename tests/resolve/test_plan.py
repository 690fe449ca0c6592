"""Planning: who stays in the end, what blocks a step, what it saves; the file and its digest."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import jsonschema
import pytest

from monoprint.catalog.reviews import Pair
from monoprint.errors import PlanError
from monoprint.model.finding import Waste
from monoprint.model.match import Relation
from monoprint.model.plan import Action, Reason, Step
from monoprint.model.review import Place
from monoprint.resolve import apply as applying
from monoprint.resolve import plan, planfile
from monoprint.resolve.authority import Authority, Disposal, Hold, Scope

ON = date(2026, 6, 1)
GRANT = Disposal("DA-1", "x", date(2027, 1, 1), (Scope(stores=frozenset("ab")),), frozenset())
ALLOWED = Authority(disposals=(GRANT,))


def pair(copy, keeper, relation=Relation.IDENTICAL_BYTES, decision=1, **more):
    """Make a pair of ``store:path=content``."""

    def place(told):
        where, _, content = told.partition("=")
        store, _, path = where.partition(":")
        return Place(store, path, content.encode().ljust(32, b"."))

    facts = {"bytes": 10**9, "format": "JPEG", "waste": Waste.CERTAIN, "present": True}
    return Pair(b"k" * 32, relation, decision, place(copy), place(keeper), **facts | more)


def steps(*pairs, action=Action.QUARANTINE, authority=ALLOWED, contested=(), facts=None):
    known = {(p.copy.store, p.copy.path): p for p in contested}
    ordered = sorted(pairs, key=lambda p: (p.copy.store, p.copy.path))
    told = facts or {}
    return list(plan.steps(ordered, known, action, authority, ON, told.get))


@pytest.mark.parametrize("waste", [Waste.NONE, Waste.POSSIBLE, Waste.CERTAIN])
def test_what_is_in_a_container_or_a_derivative_frees_nothing(waste):
    plain = pair("b:2=x", "a:1=x", waste=waste)
    inside = replace(plain, copy=replace(plain.copy, inside=True))
    for each, freed in ((plain, 10**9), (inside, 0), (replace(plain, derived=True), 0)):
        (step,) = steps(each, action=Action.REDIRECT)
        assert (step.action, step.freed) == (Action.REDIRECT, freed)


def test_a_step_for_each_copy_in_the_order_of_places():
    found = steps(pair("b:2=x", "a:1=x"), pair("a:9=x", "a:1=x"))
    assert [(s.number, s.copy) for s in found] == [(1, ("a", "9")), (2, ("b", "2"))]
    assert {s.action for s in found} == {Action.QUARANTINE}
    assert {s.authority for s in found} == {"DA-1"}


def test_a_copy_in_several_groups_goes_once_by_the_newest_decision():
    (only,) = steps(pair("b:2=x", "a:1=x", decision=3), pair("b:2=x", "a:7=x", decision=9))
    assert only.keeper == ("a", "7")


def inside(pair, *, copy=False, keeper=False):
    return replace(
        pair,
        copy=replace(pair.copy, inside=copy),
        keeper=replace(pair.keeper, inside=keeper),
        waste=Waste.HELD if copy else pair.waste,
    )


CHANGES = [action for action in Action if action.changes and action is not Action.DELETE]


@pytest.mark.parametrize("action", CHANGES)
def test_what_lies_in_an_archive_is_never_changed(action):
    (only,) = steps(inside(pair("b:z.zip!2=x", "a:1=x"), copy=True), action=action)
    assert (only.action, only.blocked, only.freed) == (Action.REPORT, Reason.PLACE, 0)
    assert only.why.startswith("it lies in an archive or document")


@pytest.mark.parametrize("action", CHANGES)
def test_nothing_is_given_up_for_a_file_in_an_archive(action):
    (only,) = steps(inside(pair("b:2=x", "a:z.zip!1=x"), keeper=True), action=action)
    assert (only.action, only.blocked) == (Action.REPORT, Reason.PLACE)
    assert "a:z.zip!1, which should stay for it, lies in an archive" in only.why


def test_nor_where_the_one_that_stays_in_the_end_lies_in_one():
    onward = inside(pair("a:1=x", "b:z.zip!9=x"), keeper=True)
    (only,) = steps(pair("b:2=x", "a:1=x"), contested=[onward])
    assert (only.blocked, only.keeper) == (Reason.PLACE, ("b", "z.zip!9"))


@pytest.mark.parametrize(("copy", "keeper"), [("b:2=x", "a:1=x"), ("a:1=x", "b:2=x")])
@pytest.mark.parametrize("action", CHANGES)
def test_stores_that_are_no_folders_of_this_machine_are_not_changed(copy, keeper, action):
    known = [pair(copy, keeper)]
    (only,) = plan.steps(known, {}, action, ALLOWED, ON, {}.get, elsewhere=frozenset("b"))
    assert (only.action, only.blocked) == (Action.REPORT, Reason.PLACE)
    assert "no folder of this machine" in only.why


def test_a_redirect_tells_of_archives_without_reading_them_again():
    for known in (
        inside(pair("b:z.zip!2=x", "a:1=x"), copy=True),
        inside(pair("b:2=x", "a:z.zip!1=x"), keeper=True),
    ):
        (only,) = steps(known, action=Action.REDIRECT)
        assert (only.action, only.blocked, only.elsewhere) == (Action.REDIRECT, None, True)
    (plain,) = steps(pair("b:2=x", "a:1=x"), action=Action.REDIRECT)
    assert not plain.elsewhere


def test_without_authority_there_is_no_more_than_a_report():
    (only,) = steps(pair("b:2=x", "a:1=x"), authority=Authority())
    assert (only.action, only.blocked, only.authority) == (Action.REPORT, Reason.AUTHORITY, "none")
    assert only.why == "authority: none"


def test_a_hold_blocks_and_says_which():
    hold = Hold("Case 7", "court", Scope(paths=("2",)), None)
    (only,) = steps(pair("b:2=x", "a:1=x"), authority=replace(ALLOWED, holds=(hold,)))
    assert (only.blocked, only.why) == (Reason.HOLD, "hold Case 7: court")


@pytest.mark.parametrize("action", [Action.HARDLINK, Action.REFLINK, Action.SYMLINK])
def test_what_differs_in_bytes_is_never_replaced_by_a_link(action):
    similar = pair("b:2=y", "a:1=x", Relation.SIMILAR)
    (only,) = steps(similar, action=action)
    assert (only.action, only.blocked) == (Action.REPORT, Reason.BYTES)
    assert steps(similar)[0].action is Action.QUARANTINE


def test_what_changed_since_the_audit_is_not_planned():
    (only,) = steps(pair("b:2=x", "a:1=x", present=False))
    assert only.blocked is Reason.STALE


def test_a_keeper_that_goes_itself_gives_way_to_its_own_keeper():
    onward = pair("a:1=x", "c:0=x")
    first, second = steps(pair("b:2=x", "a:1=x"), onward, contested=[onward])
    assert (first.copy, first.keeper) == (("a", "1"), ("c", "0"))
    assert (second.copy, second.keeper) == (("b", "2"), ("c", "0"))


def test_what_is_only_alike_does_not_follow_its_keeper():
    onward = pair("a:1=x", "c:0=z", Relation.RESIZED)
    found = steps(pair("b:2=y", "a:1=x", Relation.SIMILAR), onward, contested=[onward])
    assert found[1].blocked is Reason.CONFLICT
    assert "a:1" in found[1].why
    identical = steps(pair("b:2=x", "a:1=x"), onward, contested=[onward])
    assert (identical[1].keeper, identical[1].relation) == (("c", "0"), Relation.RESIZED)


def test_decisions_that_go_in_a_circle_change_nothing():
    one, other = pair("a:1=x", "b:2=x"), pair("b:2=x", "a:1=x")
    found = steps(one, other, contested=[one, other])
    assert [s.blocked for s in found] == [Reason.CONFLICT, Reason.CONFLICT]


def test_a_plan_is_safe_as_a_whole_whatever_the_decisions():
    pairs = [pair("a:1=x", "b:2=x"), pair("a:3=x", "a:1=x"), pair("b:2=x", "c:4=x"),
             pair("c:5=x", "a:3=x")]  # fmt: skip
    whole = plan.Whole()
    for step in steps(*pairs, contested=pairs):
        whole.add(step)
        assert step.keeper == ("c", "4")
    assert whole.wrong() == ""


def test_what_only_the_copy_says_is_in_its_step():
    copy, keeper = b"y".ljust(32, b"."), b"x".ljust(32, b".")
    facts = {
        copy: {"iptc.Caption": "pier", "exif.Make": "A", "exif.Model": "B", "encoding.quality": 9},
        keeper: {"exif.Make": "A", "exif.Model": "C"},
    }
    (only,) = steps(pair("b:2=y", "a:1=x", Relation.SIMILAR), facts=facts)
    assert only.only_in_copy == {"iptc.Caption": "pier", "exif.Model": "B"}
    (unknown,) = steps(pair("b:2=y", "a:1=x", Relation.SIMILAR))
    assert "unread" in unknown.only_in_copy
    assert steps(pair("b:2=x", "a:1=x"), facts=facts)[0].only_in_copy == {}


def test_money_is_split_by_what_may_happen_now():
    hold = Hold("Case 7", "court", Scope(paths=("held",)), None)
    allowed = Authority(
        holds=(hold,), disposals=(replace(GRANT, scopes=(Scope(stores=frozenset("a")),)),)
    )
    totals = plan.Totals(Decimal("0.25"))
    for step in steps(
        pair("a:1=x", "c:0=x"), pair("a:held=x", "c:0=x"), pair("b:2=x", "c:0=x"),
        pair("a:3=x", "c:0=x", waste=Waste.FREE), pair("a:4=x", "c:0=x", present=False),
        authority=allowed,
    ):  # fmt: skip
        totals.add(step)
    assert totals.plain() == {
        "authorised_now": {"files": 2, "bytes": 10**9, "money_a_month": "0.2500"},
        "blocked_by_hold": {"files": 1, "bytes": 10**9, "money_a_month": "0.2500"},
        "blocked_for_want_of_authority": {"files": 1, "bytes": 10**9, "money_a_month": "0.2500"},
        "blocked_otherwise": {"files": 1, "bytes": 10**9, "money_a_month": "0.2500"},
    }


# The file


@pytest.fixture
def written(ground):
    ground.put("a:keep", b"x")
    ground.put("b:one\n2", b"x")
    ground.put("b:two", b"y")
    ground.step("hardlink", "b:one\n2", "a:keep")
    ground.step("quarantine", "b:two", "a:keep", only_in_copy={"iptc.Caption": "Fähre"})
    ground.write()
    return ground


def test_it_is_read_as_it_was_written_and_the_same_again(written):
    text = written.plan_file.read_bytes()
    found: list[Step] = []
    made = planfile.read(written.plan_file, found.append)
    assert found == written.steps == list(planfile.steps(written.plan_file))
    assert made.head == written.head()
    written.write()
    assert written.plan_file.read_bytes() == text


def test_it_is_json_of_the_published_schema(written):
    document = json.loads(written.plan_file.read_text())
    schema = planfile.load_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    document["steps"][0]["action"] = "shred"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


def test_an_empty_plan_is_a_plan(ground):
    ground.write()
    assert planfile.read(ground.plan_file).totals == {}
    assert ground.apply().done == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"a","keep"', '"a","kept"'),
        ('"freed":1', '"freed":2'),
        ('"author":"kim"', '"author":"lee"'),
        ('"persons":2', '"persons":1'),
        ('"action":"hardlink"', '"action": "hardlink"'),
        ('"digest":"sha256:', '"digest":"sha256:0'),
        ('"n":2', '"n":3'),
    ],
)
def test_any_change_is_found(written, old, new):
    text = written.plan_file.read_text()
    assert old in text
    written.plan_file.write_text(text.replace(old, new, 1))
    with pytest.raises(PlanError) as raised:
        planfile.read(written.plan_file)
    assert raised.value.exit_code == 14


@pytest.mark.parametrize("cut", [0, 1, 40, -1, -3, -40, -200])
def test_a_plan_that_was_cut_off_is_none(written, cut):
    written.plan_file.write_bytes(written.plan_file.read_bytes()[:cut])
    with pytest.raises(PlanError):
        planfile.read(written.plan_file)


@pytest.mark.parametrize("data", [b"", b"{}\n", b"[]", b"\xff" * 100, b"{\n" * 100])
def test_what_is_no_plan_is_none(ground, data):
    ground.plan_file.write_bytes(data)
    with pytest.raises(PlanError):
        planfile.read(ground.plan_file)
    with pytest.raises(PlanError):
        planfile.read(ground.folder / "none.json")


@pytest.mark.parametrize("made", [{"head": {"on": "some day"}}, {"step": {"group": "x" * 64}}])
def test_days_and_groups_are_such(written, made):
    written.steps[0] = replace(written.steps[0], **made.get("step", {}))
    written.write(**made.get("head", {}))
    with pytest.raises(PlanError):
        planfile.read(written.plan_file)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "x//y", "x/./y", "", "x/..", "x\0y"])
def test_no_step_may_name_a_place_outside_of_its_store(written, path):
    written.steps[0] = replace(written.steps[0], copy=("b", path))
    written.write()
    with pytest.raises(PlanError, match="no place in its store"):
        planfile.read(written.plan_file)
    written.steps[0] = replace(written.steps[0], copy=("nowhere", "x"))
    written.write()
    with pytest.raises(PlanError, match="unknown store"):
        planfile.read(written.plan_file)


@pytest.mark.parametrize(
    ("said", "does", "aside"),
    [
        (Action.REPORT, Action.QUARANTINE, ""),  # a report is carried out without approval
        (Action.REPORT, Action.DELETE, ".monoprint-quarantine/0a/1.jpg"),
        (Action.REDIRECT, Action.HARDLINK, ""),
        (Action.QUARANTINE, Action.DELETE, ".monoprint-quarantine/0a/1.jpg"),
        (Action.DELETE, Action.QUARANTINE, ""),
        (Action.DELETE, Action.DELETE, ""),
        (Action.DELETE, Action.DELETE, "one"),
        (Action.DELETE, Action.DELETE, "x/.monoprint-quarantine/1.jpg"),
        (Action.QUARANTINE, Action.QUARANTINE, "two"),
    ],
)
def test_a_plan_does_what_it_says_and_deletes_out_of_quarantine_alone(written, said, does, aside):
    written.steps = [replace(written.steps[1], number=1, action=does, quarantined=aside)]
    written.write(action=said)
    with pytest.raises(PlanError, match=r"in a plan of|not in quarantine"):
        planfile.read(written.plan_file)


def test_a_signed_plan_that_gives_up_what_stays_is_refused(written):
    first = written.steps[0]
    written.steps.append(replace(first, number=3, copy=first.keeper, keeper=("b", "two")))
    written.write()
    with pytest.raises(PlanError, match="would stay and be given up"):
        applying.check(written.plan_file)
    written.steps[2] = replace(first, number=3)
    written.write()
    with pytest.raises(PlanError, match="given up by two steps"):
        applying.check(written.plan_file)
