"""Groups whose files differ in an attribute, and which of its values share pictures."""

from monoprint.findings.attributes import differing
from monoprint.findings.matrix import MOST_VALUES, matrix
from monoprint.model.finding import (
    Apart,
    Differing,
    Group,
    Member,
    Role,
    SharedStores,
    Value,
    Waste,
)
from monoprint.model.match import Relation


def group_of(name, *members):
    """A group of (attributes, identical to), each in a file of its own."""
    return Group(
        id=name,
        relation=Relation.SIMILAR,
        members=tuple(
            Member("s", str(n), Role.MEMBER, None, (), None, "", None, same, "", Waste.NONE, "PNG",
                   1, 1, 1, 1, "", attributes=tuple(sorted(told.items())))
            for n, (told, same) in enumerate(members)
        ),
        certain_bytes=0,
        possible_bytes=0,
    )  # fmt: skip


GROUPS = (
    group_of(
        "g1", ({"no": "P-2", "branch": "x"}, ""), ({"no": "P-10"}, "s:0"), ({"no": "P-2"}, "")
    ),
    group_of("g2", ({"no": "P-1", "branch": "x"}, ""), ({"no": "P-1", "branch": "y"}, "s:0")),
    group_of("g3", ({"no": "P-1"}, ""), ({}, "")),
    group_of("g4", ({"branch": "y"}, ""), ({"branch": "y"}, "s:0"), ({"branch": "x"}, "")),
)


def test_groups_are_gathered_whose_files_differ():
    assert differing(GROUPS, ["no", "branch", "none"]) == (
        Differing("no", (Apart("g1", (Value("P-10", 1), Value("P-2", 2))),)),
        Differing(
            "branch",
            (
                Apart("g2", (Value("x", 1), Value("y", 1))),
                Apart("g4", (Value("x", 1), Value("y", 2))),
            ),
        ),
        Differing("none", ()),
    )


def test_values_that_share_pictures_are_counted():
    found = matrix(GROUPS, "branch")
    assert (found.attribute, found.values, found.left_out) == ("branch", ("x", "y"), 0)
    assert found.shared == (
        SharedStores("x", "y", groups=2, certain_groups=1, files=5),
        SharedStores("y", "y", groups=1, certain_groups=1, files=2),
    )


def test_a_picture_under_very_many_values_does_not_fill_the_memory():
    told = [({"no": f"{n:05}"}, "") for n in range(MOST_VALUES + 50)]
    found = matrix([group_of("g1", *told), group_of("g2", *told[-2:])], "no")
    assert len(found.values) == MOST_VALUES
    assert found.left_out == 50
    assert set(found.values) >= {"00148", "00149"}
    assert found.values == tuple(sorted(found.values))
