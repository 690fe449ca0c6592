"""Evidence of a run: which pictures are drawn, kept and removed."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from monoprint.model.asset import Store
from monoprint.model.finding import Audit, Definition, Group, Member, Role, Totals, Warned, Waste
from monoprint.model.match import Relation, Verdict
from monoprint.pipeline import evidence
from monoprint.pipeline.evidence import illustrate
from monoprint.pipeline.progress import Silent
from monoprint.pipeline.verdicts import heard
from monoprint.pipeline.workers import Workers

SOURCES = Path(__file__).parents[2] / "src"


def sha(name):
    return hashlib.sha256(name.encode()).hexdigest()


def member(name, relation=None, via="", content=""):
    return Member(
        store="s", path=name, role=Role.MEMBER if relation else Role.REPRESENTATIVE,
        relation=relation, changes=(), certainty=None, via=via, distance=None, identical_to="",
        evidence="", waste=Waste.NONE, format="PNG", bytes=1, width=1, height=1, frames=1,
        sha256=sha(content or name),
    )  # fmt: skip


def group(*members):
    relation = max((m.relation for m in members[1:]), key=list(Relation).index)
    return Group(members[0].path, relation, members, 0, 0)


def warned(a, b, relation=Relation.EDITED):
    return Warned(f"s:{a}", f"s:{b}", relation, (), "", 0.9, "", sha(a), sha(b))


def audit_of(*groups, warnings=()):
    return Audit(Definition(), Totals(), (), (), (), groups, tuple(warnings), (), (), ())


class Crew:
    """Answers as workers would: the relation of a pair by its names, and a picture of them."""

    def __init__(self, **relations):
        self.relations = relations
        self.tasks = []

    def answers(self, tasks):
        for tag, task in list(tasks)[::-1]:  # in any order
            self.tasks.append(task)
            first, second = task["first"]["path"], task["second"]["path"]
            relation = self.relations.get(second, "cropped")
            if relation == "crash":
                yield tag, {"status": "refused", "reason": "decoder crashed"}
            else:
                picture = f"{first}|{second}|{task['second']['frame']}".encode().hex()
                yield tag, {"relation": relation, "evidence": picture}


@pytest.fixture
def drawn(tmp_path):
    """Give a function that draws the evidence of an audit into one folder."""

    def drawing(audit, crew, **more):
        stores = [Store("s", "/srv/s")]
        return illustrate(audit, stores, tmp_path, False, crew, Silent(), **more)

    drawing.shelf = tmp_path / "evidence"
    return drawing


def name(first, second):
    return f"evidence/{sha(first)}-{sha(second)}.webp"


CROPPED = Relation.CROPPED


def test_members_and_warnings_get_their_picture(drawn, tmp_path):
    audit = audit_of(
        group(member("a"), member("b", CROPPED), member("c", CROPPED, via="s:b")),
        warnings=[warned("d", "e")],
    )
    crew = Crew(e="edited")
    found = drawn(audit, crew)
    assert [m.evidence for m in found.groups[0].members] == ["", name("a", "b"), name("b", "c")]
    assert found.warnings[0].evidence == name("d", "e")
    assert (tmp_path / name("b", "c")).read_bytes() == b"b|c|0"
    assert crew.tasks[0]["first"]["location"] == "/srv/s"
    assert {task["first"]["sha256"] for task in crew.tasks} == {sha("a"), sha("b"), sha("d")}
    assert not any(path.suffix == ".part" for path in drawn.shelf.iterdir())


def test_what_is_equal_or_was_not_verified_is_not_drawn(drawn):
    relations = (Relation.IDENTICAL_BYTES, Relation.IDENTICAL_PIXELS, Relation.SIMILAR)
    audit = audit_of(group(member("a"), *(member(r, r) for r in relations)))
    crew = Crew()
    assert drawn(audit, crew) == audit
    assert crew.tasks == []


def test_a_comparison_that_comes_out_otherwise_is_no_evidence(drawn):
    audit = audit_of(
        group(member("a"), member("b", CROPPED), member("c", CROPPED), member("d", CROPPED)),
        warnings=[warned("e", "f")],
    )
    found = drawn(audit, Crew(b="overlaid", c="crash", f=None))
    assert [m.evidence for m in found.groups[0].members] == ["", "", "", name("a", "d")]
    assert found.warnings[0].evidence == ""
    assert len(list(drawn.shelf.iterdir())) == 1


def test_what_is_contested_is_shown_as_the_match_that_it_is_alone(drawn):
    warnings = [warned(a, b, Relation.CONTESTED) for a, b in ("ab", "cd", "ef")]
    found = drawn(audit_of(warnings=warnings), Crew(b="resized", d="edited", f=None))
    assert [each.evidence for each in found.warnings] == [name("a", "b"), "", ""]


def test_files_of_one_content_share_a_picture(drawn):
    copies = [member("b", CROPPED), member("copy of b", CROPPED, content="b")]
    crew = Crew()
    found = drawn(audit_of(group(member("a"), *copies)), crew)
    assert [m.evidence for m in found.groups[0].members[1:]] == [name("a", "b")] * 2
    assert len(crew.tasks) == 1


def test_pictures_that_are_there_are_kept_and_stale_ones_removed(drawn, tmp_path):
    audit = audit_of(group(member("a"), member("b", CROPPED), member("c", CROPPED)))
    drawn(audit, Crew())
    stale = drawn.shelf / f"{sha('x')}-{sha('y')}.webp"
    half = drawn.shelf / f"{sha('a')}-{sha('c')}.webp.part"
    other = drawn.shelf / "mine.txt"
    for path in (stale, half, other):
        path.write_text("left behind")
    (tmp_path / name("a", "b")).write_text("kept")
    crew = Crew()
    found = drawn(audit, crew)
    assert crew.tasks == []
    assert [m.evidence for m in found.groups[0].members[1:]] == [name("a", "b"), name("a", "c")]
    assert (tmp_path / name("a", "b")).read_text() == "kept"
    assert not stale.exists()
    assert not half.exists()
    assert other.exists()


def test_the_bounds_hold_and_the_costliest_come_first(drawn, monkeypatch):
    monkeypatch.setattr(evidence, "EVIDENCE_PER_GROUP", 2)
    monkeypatch.setattr(evidence, "EVIDENCE_IN_ALL", 6)
    monkeypatch.setattr(evidence, "EVIDENCE_OF_WARNINGS", 1)
    groups = [
        group(member(f"g{n}"), *(member(f"g{n}-{m}", CROPPED) for m in range(4))) for n in range(5)
    ]
    warnings = [warned(f"w{n}", f"x{n}", CROPPED) for n in range(3)]
    found = drawn(audit_of(*groups, warnings=warnings), Crew())
    assert [bool(w.evidence) for w in found.warnings] == [True, False, False]
    shown = [sum(bool(m.evidence) for m in g.members) for g in found.groups]
    assert shown == [2, 2, 1, 0, 0]
    assert len(list(drawn.shelf.iterdir())) == 6


def test_the_frames_that_were_compared_are_drawn(drawn, tmp_path):
    audit = audit_of(group(member("a"), member("b", CROPPED)))
    drawn(audit, Crew(), frames={(sha("a"), sha("b")): (1, 3)})
    assert (tmp_path / name("a", "b")).read_bytes() == b"a|b|3"


def test_a_verdict_that_is_known_is_drawn_and_not_found_again(drawn):
    verdict = Verdict(CROPPED, certainty=0.75)
    crew, asked = Crew(), []

    def known(pairs):
        asked.extend(pairs)
        return {(sha("a"), sha("b")): verdict}

    drawn(audit_of(group(member("a"), member("b", CROPPED), member("c", CROPPED))), crew,
          known=known)  # fmt: skip
    tasks = {task["second"]["path"]: task for task in crew.tasks}
    assert heard(tasks["b"]["verdict"]) == verdict
    assert tasks["b"]["side"] < tasks["c"]["side"]
    assert "verdict" not in tasks["c"]
    assert set(asked) == {(sha("a"), sha("b")), (sha("a"), sha("c"))}


def test_equal_input_gives_equal_output(drawn, tmp_path):
    audit = audit_of(group(member("a"), member("b", CROPPED), member("c", CROPPED)))
    first = drawn(audit, Crew())
    before = {path.name: path.read_bytes() for path in drawn.shelf.iterdir()}
    for path in drawn.shelf.iterdir():
        path.unlink()
    assert drawn(audit, Crew()) == first
    assert {path.name: path.read_bytes() for path in drawn.shelf.iterdir()} == before


# Loaded by the workers of the next test: what a verifier says is not what is tested here.
SAYING = """
from monoprint.matching import verify as verifying
from monoprint.model.match import Relation, Verdict
verifying.verify = lambda first, second: Verdict(Relation.RESIZED)
"""


def test_workers_draw_what_is_asked_of_them(tmp_path, draw, monkeypatch):
    photo = draw.photo(1)
    files = {
        "a.png": draw.file(photo, "PNG"),
        "b.png": draw.file(photo.resize((160, 120)), "PNG"),
        "c.png": draw.file(photo.resize((80, 60)), "PNG"),
        "changed.png": draw.file(draw.photo(2), "PNG"),
    }
    store = draw.store(tmp_path / "store", files)
    (tmp_path / "sitecustomize.py").write_text(SAYING)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(SOURCES)]))

    def real(name, relation=None):
        known = hashlib.sha256(files[name]).hexdigest() if name != "changed.png" else "0" * 64
        return replace(member(name, relation), sha256=known)

    audit = audit_of(
        group(
            real("a.png"),
            real("b.png", Relation.RESIZED),
            real("c.png", CROPPED),
            real("changed.png", Relation.RESIZED),
        )
    )
    with Workers(1) as workers:
        found = illustrate(audit, [Store("s", str(store))], tmp_path, False, workers, Silent())
    shown = [m.evidence for m in found.groups[0].members]
    assert [bool(name) for name in shown] == [False, True, False, False]
    with Image.open(tmp_path / shown[1]) as image:
        assert (image.format, image.width > 600) == ("WEBP", True)
    assert [path.name for path in (tmp_path / "evidence").iterdir()] == [Path(shown[1]).name]


def test_an_audit_without_matches_is_as_it_was(drawn):
    empty = audit_of()
    assert drawn(empty, Crew()) == empty
    known = audit_of(group(replace(member("a")), member("b", Relation.IDENTICAL_BYTES)))
    assert drawn(known, Crew()) == known
