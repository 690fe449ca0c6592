"""Keep rules: one keeper whatever the order, a reason in words, and what no rule may settle."""

import random

import pytest

from monoprint.errors import RulesError
from monoprint.model.finding import Role, Waste
from monoprint.model.match import Relation
from monoprint.model.review import Part, Proposal, ReviewMember, State
from monoprint.resolve import keep
from monoprint.review.grouping import viewed


def member(position, store="a", path="1.jpg", *, sha="x", picture=0, size=(10, 10), kind="JPEG",
           relation=Relation.IDENTICAL_BYTES, **more):  # fmt: skip
    facts = {
        "position": position, "store": store, "path": path,
        "role": Role.MEMBER if position else Role.REPRESENTATIVE,
        "relation": relation if position else None, "changes": "", "distance": 0,
        "certainty": None, "evidence": "", "waste": Waste.CERTAIN if position else Waste.NONE,
        "format": kind, "bytes": 100, "width": size[0], "height": size[1], "frames": 1,
        "sha256": sha.encode().ljust(32), "pixels": None, "picture": picture,
    }  # fmt: skip
    return ReviewMember(**facts | more)


def chosen(members, rules=keep.DEFAULT, facts=None, held=()):
    """Choose among members in many orders; all must give the same."""
    told = {m.sha256: (facts or {}).get(m.position, {}) for m in members}
    found = set()
    for seed in range(6):
        shuffled = list(members)
        random.Random(seed).shuffle(shuffled)
        candidates = [keep.Candidate(m, told[m.sha256], m.position in held) for m in shuffled]
        stays, reason = keep.choose(candidates, rules)
        found.add((None if stays is None else stays.position, reason))
    assert len(found) == 1
    return found.pop()


def by_branch(*branches):
    """Return candidates whose branch is as given, "" for none."""
    return [
        keep.Candidate(
            member(n, path=f"{n}.jpg"), {}, False, {"branch": (branch,)} if branch else {}
        )
        for n, branch in enumerate(branches)
    ]


def test_an_attribute_decides_by_the_order_of_its_values(tmp_path):
    loaded = rules(tmp_path, 'keep = [{ attribute = { branch = ["main", "annex"] } }]')
    assert loaded.needs_attributes
    assert not loaded.needs_facts
    stays, reason = keep.choose(by_branch("annex", "main", "north", ""), loaded)
    assert stays.position == 1
    assert reason == "branch main before annex (main rather than annex)"
    stays, reason = keep.choose(by_branch("", "annex"), loaded)
    assert (stays.position, reason) == (1, "branch main before annex (annex rather than no branch)")
    assert keep.choose(by_branch("north", ""), loaded)[0] is None


@pytest.mark.parametrize(
    "told", ["{}", '{ branch = "main" }', "{ branch = [] }", '{ a = ["x"], b = ["y"] }', '["main"]']
)
def test_a_rule_by_attribute_names_one_and_its_values(tmp_path, told):
    with pytest.raises(RulesError, match="attribute takes"):
        rules(tmp_path, f"keep = [{{ attribute = {told} }}]")


def rules(tmp_path, text):
    path = tmp_path / "rules.toml"
    path.write_text(text)
    return keep.load(path)


@pytest.mark.parametrize(
    ("one", "other", "facts", "word"),
    [
        ({"kind": "TIFF"}, {"kind": "JPEG"}, {}, "master before rendition"),
        ({"size": (20, 10)}, {}, {}, "more pixels"),
        ({}, {}, {0: {"encoding.lossless": True}, 1: {"encoding.lossless": False}}, "lossless"),
        ({}, {}, {0: {"encoding.quality": 95}, 1: {"encoding.quality": 70}}, "less recompressed"),
        ({}, {}, {0: {"encoding.quality": 80},
                  1: {"encoding.quality": 95, "encoding.earlier_quality": 60}}, "about 60"),
        ({}, {}, {0: {"encoding.quality": 75},
                  1: {"encoding.quality": 95, "encoding.earlier_quality": 75}}, "about 75"),
        ({}, {}, {0: {"exif.Make": "Acme"}, 1: {"exif.Make": ""}}, "with camera metadata"),
        ({}, {}, {0: {"exif.DateTimeOriginal": "1996:05:04 12:00:00"},
                  1: {"exif.DateTimeOriginal": "1996:05:04 12:00:01"}}, "older capture date"),
        ({}, {"inside": True, "size": (20, 10)}, {}, "outside of archives and documents"),
        ({"store": "a"}, {"store": "b"}, {}, "first by store and path"),
    ],
)  # fmt: skip
def test_each_default_rule_decides_and_says_why(one, other, facts, word):
    members = [member(0, path="z", sha="x", **one), member(1, path="a", sha="y", **other)]
    if word == "first by store and path":
        members[0] = member(0, path="z", sha="x", store="a")
    position, reason = chosen(members, facts=facts)
    assert position == 0
    assert word in reason


def test_a_rule_that_cannot_tell_of_one_says_nothing_of_any(tmp_path):
    only = rules(tmp_path, 'keep = ["older capture date"]')
    facts = {0: {"exif.DateTimeOriginal": "1996:05:04 12:00:00"}, 1: {}}
    position, reason = chosen([member(0, sha="x"), member(1, path="2", sha="y")], only, facts)
    assert position is None
    assert "no rule tells 2 of its files apart" in reason


def test_rules_come_in_the_order_of_the_file(tmp_path):
    text = """
    keep = [
      { store = ["archive", "housing"] },
      { not_path = "**/tmp/**" },
      { path = "masters/**" },
      { format = ["PNG"] },
      "more pixels",
    ]"""
    loaded = rules(tmp_path, text)
    position, reason = chosen(
        [member(0, "housing", "masters/1", size=(99, 99)), member(1, "archive", "tmp/1"),
         member(2, "archive", "x/tmp/2"), member(3, "archive", "1"), member(4, "archive", "0")],
        loaded,
    )  # fmt: skip
    assert position is None
    assert "2 of its files" in reason
    position, reason = chosen(
        [member(0, "archive", "masters/1"), member(1, "archive", "2"), member(2, "b", "masters/2")],
        loaded,
    )
    assert position == 0
    assert reason == (
        "store archive before housing (archive rather than b); then "
        "path masters/** (archive:masters/1 rather than archive:2)"
    )


def test_a_file_under_hold_is_not_given_up():
    members = [member(0, size=(99, 99)), member(1, path="held")]
    assert chosen(members)[0] == 0
    position, reason = chosen(members, held={1})
    assert position == 1
    assert "hold" in reason


def settle(members, loaded=keep.DEFAULT):
    return keep.settled(viewed(members, 1), loaded, {}, lambda m: False)


def test_only_identical_files_are_settled_by_default():
    found = settle([member(0), member(1, path="2")])
    assert isinstance(found, Proposal)
    assert (found.keeper, found.covers) == (0, (0, 1))
    alike = [member(0), member(1, path="2", sha="y", picture=1, relation=Relation.RESIZED)]
    assert "not one that the rules may settle" in settle(alike)


def test_more_can_be_allowed_but_never_what_nobody_verified(tmp_path):
    loaded = rules(tmp_path, 'settle = ["identical-bytes", "resized"]')
    alike = [member(0, size=(20, 20)),
             member(1, path="2", sha="y", picture=1, relation=Relation.RESIZED)]  # fmt: skip
    assert settle(alike, loaded).keeper == 0
    for name in ("edited", "similar", "burst"):
        with pytest.raises(RulesError, match="never be settled"):
            rules(tmp_path, f'settle = ["{name}"]')


def test_identical_files_of_a_mixed_group_are_settled_and_the_rest_left():
    mixed = [member(0), member(1, path="2"),
             member(2, path="3", sha="y", picture=2, relation=Relation.SIMILAR),
             member(3, path="4", sha="y", picture=2, relation=Relation.SIMILAR)]  # fmt: skip
    assert settle(mixed).covers == (0, 1)
    decided = [
        member(0, part=Part.KEEPER), member(1, path="2", part=Part.COPY, keeper=0), *mixed[2:],
    ]  # fmt: skip
    assert settle(decided).covers == (2, 3)


def test_what_is_not_open_is_left():
    view = viewed([member(0), member(1, path="2")], 1, state=State.COLLEAGUE)
    assert keep.settled(view, keep.DEFAULT, {}, lambda m: False) == "the group is colleague"


def test_intended_copies_are_neither_kept_nor_given_up():
    members = [member(0), member(1, path="2", part=Part.INTENDED), member(2, path="3")]
    assert settle(members).covers == (0, 2)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("keep = 1", 1, "a list of rules"),
        ("\nkeep = []", 2, "a list of rules"),
        ('settle = ["exact"]', 1, "no relation exact"),
        ('x = 1\nkeep = ["more pixels"]', 1, "no such key"),
        ('settle = ["resized"]\n\nkeep = [{ store = "a" }]', 3, "a list of texts"),
        ("keep = [{ path = 3 }]", 1, "takes a pattern"),
        ("keep = [{ age = 3 }]", 1, "no rule age"),
        ("keep = [3]", 1, "a text or a table"),
    ],
)
def test_errors_name_line_and_key(tmp_path, text, line, said):
    with pytest.raises(RulesError) as raised:
        rules(tmp_path, text)
    assert f"rules.toml, line {line}: " in str(raised.value)
    assert said in str(raised.value)


def test_what_is_no_toml_says_where(tmp_path):
    with pytest.raises(RulesError, match="line 2"):
        rules(tmp_path, 'settle = ["resized"]\nkeep = [}')
    with pytest.raises(RulesError, match="cannot read"):
        keep.load(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'settle = ["\xff"]')
    with pytest.raises(RulesError, match="UTF-8"):
        keep.load(tmp_path / "latin.toml")
