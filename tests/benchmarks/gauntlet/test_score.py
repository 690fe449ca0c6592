"""What a tool found is counted rightly, on reports written by hand."""

import pytest

from benchmarks.gauntlet.run import Entrant, page
from benchmarks.gauntlet.score import Member, Share, read_groups, read_warnings, score
from benchmarks.gauntlet.transforms import Row
from benchmarks.gauntlet.truth import Truth, read_truth, write_truth


def file(path, source, transform="source", strength=0, row="", relations="", family=""):
    return Truth(path, source, family, transform, strength, row, relations, 640, 480, "")


B, C, B_PNG = (f"family/cheques-7/{name}" for name in ("b", "c", "b-png"))

TRUTHS = [
    file("a", "A"),
    file("a-jpeg", "A", "jpeg", 2, Row.SAME, "re-encoded"),
    file("a-crop", "A", "crop-50", 1, Row.CROP_50, "cropped"),
    file("a-grey", "A", "grey", 0, Row.ADJUSTED, "adjusted|re-encoded"),
    file(B, "B", family="cheques-7"),
    file(C, "C", family="cheques-7"),
    file(B_PNG, "B", "png", 0, Row.SAME, "identical-pixels", "cheques-7"),
    file("ab", "A|B", "pasted-40", 0, Row.PASTED_40, "cropped"),
    file("lone", "L"),
]


def group(*members):
    head, *rest = members
    return [Member(head, "representative"), *(Member(path, "member", said) for path, said in rest)]


def test_a_copy_is_found_where_it_shares_a_group_with_its_source():
    found = [group("a", ("a-jpeg", "re-encoded")), group("a-crop", ("a-grey", "cropped"))]
    result = score(TRUTHS, found)
    assert result.rows[Row.SAME] == Share(1, 2)
    assert result.rows[Row.CROP_50] == Share(0, 1)
    assert result.cells["jpeg", 2] == Share(1, 1)
    assert result.missed == ["a-crop", "a-grey", B_PNG, "ab"]


def test_a_copy_in_several_groups_is_found_once():
    result = score(
        TRUTHS, [group("a", ("a-jpeg", "re-encoded")), group("a-jpeg", ("a", "resized"))]
    )
    assert result.rows[Row.SAME] == Share(1, 2)


def test_a_relation_is_judged_where_the_source_is_one_of_the_two():
    found = [group("a", ("a-jpeg", "resized"), ("a-grey", "re-encoded")),
             group("a-crop", ("a", "cropped"), ("a-grey", "adjusted"))]  # fmt: skip
    result = score(TRUTHS, found)
    assert result.labels == Share(2, 3)  # a-grey is not judged against a-crop
    assert result.mislabelled == {("jpeg", "resized"): 1}


def test_similar_is_no_name_and_tools_without_roles_are_not_judged():
    found = [group("a", ("a-jpeg", "similar")), [Member("a"), Member("a-grey")]]
    assert score(TRUTHS, found).labels == Share()


def test_two_look_alikes_in_one_group_are_a_forbidden_merge_and_no_false_group():
    result = score(TRUTHS, [group(B, (C, "adjusted"), (B_PNG, "identical-pixels"))])
    assert result.forbidden == [(B, C)]
    assert not result.false_groups


def test_a_merge_is_counted_once_for_two_sources_however_many_files_meet():
    found = [group(B, (C, "adjusted")), group(C, (B_PNG, "adjusted"))]
    result = score(TRUTHS, found)
    assert len(result.forbidden) == 1


def test_a_pasted_picture_belongs_with_both_its_sources():
    result = score(TRUTHS, [group("ab", ("a", "cropped"), (B, "cropped"))])
    assert not result.false_groups
    assert score(TRUTHS, [group("ab", ("a", "cropped"), (C, "cropped"))]).false_groups


def test_two_strangers_are_a_false_group_and_no_forbidden_merge():
    result = score(TRUTHS, [group("a", ("lone", "adjusted"))])
    assert result.false_groups == [("a", "lone")]
    assert result.false_per_distractors == 5_000
    assert not result.forbidden


def test_the_distractors_are_those_that_nothing_was_made_of():
    assert score(TRUTHS, []).distractors == 2  # c and lone


def test_warnings_are_counted_by_pairs_of_sources():
    assert score(TRUTHS, [], [frozenset({C, B})]).warned == Share(1, 1)
    assert score(TRUTHS, [], [frozenset({C, B_PNG})]).warned == Share(0, 1)


def test_groups_are_read_with_or_without_roles(tmp_path):
    ours, theirs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    ours.write_text("group,path,store,role,relation,changes\ng1,a,p,representative,,\n"
                    "g1,b,p,member,cropped,\n")  # fmt: skip
    theirs.write_text("group,path\n0,a\n0,b\n1,c\n1,d\n")
    assert read_groups(ours) == [[Member("a", "representative"), Member("b", "member", "cropped")]]
    assert [len(found) for found in read_groups(theirs)] == [2, 2]


def test_warnings_are_read_with_or_without_a_store(tmp_path):
    table = tmp_path / "warnings.csv"
    table.write_text("a,b,relation,where,certainty,evidence\npictures:b,pictures:c,edited,,0.9,\n")
    assert read_warnings(table, "pictures") == {frozenset({"b", "c"})}
    assert read_warnings(tmp_path / "none.csv", "pictures") == set()


def test_truth_is_read_as_it_was_written(tmp_path):
    write_truth(tmp_path, TRUTHS)
    assert read_truth(tmp_path) == TRUTHS


@pytest.mark.parametrize(("found", "said"), [
    ([group(B, (B_PNG, "identical-pixels"))], "| forbidden merges | 0 | met | 0 | 0 |"),
    ([group(B, (C, "adjusted"))], "| forbidden merges | 0 | **missed** | 1 | 0 |"),
])  # fmt: skip
def test_the_page_holds_each_measure_against_its_target(found, said):
    ours, theirs = Entrant(score(TRUTHS, found), 1.5, 200), Entrant(score(TRUTHS, []), 2.5, 100)
    text = page({"Monoprint": ours, "other": theirs}, "Seed 1.")
    assert said in text
    assert ("Forbidden merges by kind: cheques 1." in text) == bool(ours.score.forbidden)
    assert "| wall time |  |  | 1.5 s | 2.5 s |" in text
    assert "| adjusted | ≥ 97.0% | **missed** | 0.0% (0/1) | 0.0% (0/1) |" in text
