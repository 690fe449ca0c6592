"""From an audit to a settled, approved, applied and undone plan, by the command line."""

import io
import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, redirect_stderr, redirect_stdout
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from monoprint.catalog.store import open_catalog
from monoprint.cli.main import main
from monoprint.model.review import Answer, Filter, State, Verdict
from monoprint.review import decisions, queue

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


class Office:
    """Two stores, a catalog, people's settings, and the program: as a process, or here."""

    def __init__(self, folder: Path, run, catalog: str = ""):
        self.folder, self._run = folder, run
        self.catalog = catalog or str(folder / "catalog.sqlite")
        self.plan = folder / "plan.json"

    def __call__(self, *words, code: int = 0):
        ended = self._run(
            *words, MONOPRINT_CATALOG=self.catalog,
            XDG_CONFIG_HOME=str(self.folder / "config"),
        )  # fmt: skip
        assert ended.code == code, ended.err + ended.out
        return ended

    def audit(self, *more):
        return self(
            "audit", "--name", f"housing={self.folder / 'housing'}",
            "--name", f"landreg={self.folder / 'landreg'}",
            "--out", self.folder / "report", *more,
        )  # fmt: skip

    def authority(self, text: str = AUTHORITY) -> Path:
        path = self.folder / "authority.toml"
        tomorrow = date.today() + timedelta(days=1)
        path.write_text(text.format(tomorrow=tomorrow.isoformat()))
        return path

    def two_people(self) -> None:
        told = self("approve", "--new-key", "lee").out
        key = told.split("public key of lee: ")[1].split()[0]
        self("approve", "--trust", "lee", key)
        self("approve", "--new-key", "kim")

    def planned(self, action: str, *by) -> None:
        self("plan", "--out", self.plan, "--action", action, "--as", "kim", *by)
        self("approve", self.plan, "--as", "lee")

    def put_aside(self, days: int) -> None:
        """Have what is in quarantine lie there for so many days already."""
        at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        for manifest in self.folder.glob("*/.monoprint-quarantine/*/manifest.jsonl"):
            lines = [json.loads(line) for line in manifest.read_text().splitlines()]
            manifest.write_text("".join(f"{json.dumps(line | {'at': at})}\n" for line in lines))

    def files(self) -> dict[str, tuple[bytes, int, int]]:
        return {
            str(p.relative_to(self.folder)): (
                p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_mode,
            )
            for store in ("housing", "landreg")
            for p in sorted((self.folder / store).rglob("*"))
            if p.is_file()
        }  # fmt: skip


def fill(folder: Path, draw) -> None:
    picture = draw.jpeg(1)
    exif = Image.Exif()
    exif[0x010E] = "the old pier"
    draw.store(folder / "housing", {
        "a/1.jpg": picture, "a/copy of 1.jpg": picture, "held/1.jpg": picture,
        "b/3.png": draw.file(draw.photo(3), "PNG"),
        "b/9 with caption.png": draw.file(draw.photo(3), "PNG", exif=exif),
        "only.jpg": draw.jpeg(5),
    })  # fmt: skip
    draw.store(folder / "landreg", {"scan.jpg": picture, "4.jpg": draw.jpeg(4)})


@pytest.fixture
def office(tmp_path, draw, run, catalog_url):
    fill(tmp_path, draw)
    return Office(tmp_path, run, catalog_url)


def here(*words, **environment):
    """Run the program in this process, which is quicker than starting one."""
    old = {name: os.environ.get(name) for name in environment}
    out, err = io.StringIO(), io.StringIO()
    os.environ.update(environment)
    try:
        sys.argv = ["monoprint", *map(str, words)]
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
    finally:
        for name, value in old.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    return SimpleNamespace(code=ended.value.code, out=out.getvalue(), err=err.getvalue())


@pytest.fixture(scope="module")
def settled_once(tmp_path_factory, draw):
    """Audit and settle two stores once for all tests that only plan."""
    folder = tmp_path_factory.mktemp("settled") / "office"
    fill(folder, draw)
    made = Office(folder, here)
    made.audit()
    made("decide", "--as", "kim")
    made.two_people()
    return folder


@pytest.fixture
def settled(settled_once, tmp_path):
    """Give a settled office of its own: a copy whose stores are known at their new place."""
    folder = tmp_path / "office"
    shutil.copytree(settled_once, folder)
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection, connection:
        connection.execute(
            "UPDATE store SET location = replace(location, ?, ?)",
            (str(settled_once.resolve()), str(folder.resolve())),
        )
    made = Office(folder, here)
    made.by = ("--authority", made.authority())
    return made


def test_the_whole_way(office):
    before = office.files()
    office.audit()
    dry = office("decide", "--as", "kim", "--dry-run").out
    assert "2 would be settled, " in dry
    told = office("decide", "--as", "kim", "--why", "Spring clean").out
    assert "2 were settled, " in told
    assert "0 were settled, " in office("decide", "--as", "kim").out
    assert office.files() == before

    nothing = office("plan", "--out", office.plan, "--action", "quarantine", "--as", "kim").out
    assert "authorised now                           0 files" in nothing
    authority = office.authority()
    office.two_people()
    told = office("plan", "--out", office.plan, "--action", "quarantine", "--as", "kim",
                  "--authority", authority).out  # fmt: skip
    plan = json.loads(office.plan.read_text())
    totals = {name: count["files"] for name, count in plan["totals"].items()}
    assert totals == {"authorised_now": 2, "blocked_by_hold": 1,
                      "blocked_for_want_of_authority": 1, "blocked_otherwise": 0}  # fmt: skip
    assert "Next, a second person" in told
    assert office.files() == before

    by = ("--authority", authority)
    assert "nobody whose approval counts" in office("apply", office.plan, *by, code=13).err
    assert "two persons" in office("approve", office.plan, "--as", "kim", code=13).err
    office("approve", office.plan, "--as", "lee")
    rehearsed = office("apply", office.plan, "--dry-run", *by).out
    assert "2 steps would be done" in rehearsed
    assert office.files() == before

    told = office("apply", office.plan, "--as", "kim", *by).out
    assert "2 steps done" in told
    after = office.files()
    gone = set(before) - set(after)
    assert len(gone) == 2
    assert all(name.startswith("housing/") and "held" not in name for name in gone)
    assert {data for data, *_ in before.values()} <= {data for data, *_ in after.values()}
    sidecars = (office.folder / "plan.json.sidecars.jsonl").read_text().splitlines()
    assert len(sidecars) == 2
    (told,) = [line for line in sidecars if "the old pier" in line]
    assert '"keeper":["housing","b/3.png"]' in told

    office.audit("--strict")  # the quarantine is no part of the store
    assert "0 were settled, " in office("decide", "--as", "kim").out

    told = office("undo").out
    assert "2 steps put back, 0 not." in told
    assert office.files() == before
    assert "2 were before" in office("undo", office.plan).out

    rows = [json.loads(line) for line in office("history", "--json").out.splitlines()]
    assert [row["act"] for row in rows] == [
        "audited", "settled", "settled", "planned", "planned", "approved", "applied", "audited",
        "put back",
    ]  # fmt: skip
    told = office("history", next(iter(gone)).replace("/", ":", 1)).out
    assert "Spring clean" in told
    assert "put back" in told
    assert ": keep housing:" in told
    whole = office("history", "--verify", "--against", office.plan,
                   "--against", office.folder / "plan.json.journal").out  # fmt: skip
    assert whole.startswith("9 rows, none changed")


def test_what_was_decided_is_not_asked_again_after_moves_renames_and_a_rescan(tmp_path, draw):
    scene = draw.scene(4)
    draw.store(tmp_path / "housing", {
        "a/1.jpg": draw.jpeg(1), "a/2.jpg": draw.jpeg(1), "whole.png": draw.file(scene, "PNG"),
        "small.jpg": draw.file(scene.resize((480, 360)), "JPEG", quality=90),
    })  # fmt: skip
    (tmp_path / "landreg").mkdir()
    office = Office(tmp_path, here)
    office.audit()
    office("decide", "--as", "kim")
    with closing(open_catalog(office.catalog)) as catalog:
        (left,) = queue.page(catalog).groups
        decisions.decide(catalog, Answer(left.key, left.version, Verdict.APART, "lee", "", ()))
    (tmp_path / "housing/a/2.jpg").rename(tmp_path / "landreg/renamed.jpg")
    (tmp_path / "housing/small.jpg").rename(tmp_path / "housing/a/other name.jpg")
    office.audit("--verify")
    with closing(open_catalog(office.catalog)) as catalog:
        assert queue.counts(catalog)[State.OPEN].groups == 0
        (kept,) = queue.page(catalog, Filter(state=State.SETTLED)).groups
        assert {m.path for m in queue.group(catalog, kept.key).members} == {
            "a/1.jpg",
            "renamed.jpg",
        }
    told = office("plan", "--out", office.plan, "--as", "kim").out
    assert "blocked for want of authority            1 files" in told


def test_a_plan_that_was_edited_after_approval_is_refused(settled):
    settled.planned("quarantine", *settled.by)
    text = settled.plan.read_text()
    before = settled.files()
    for old, new in (("copy of 1.jpg", "only.jpg"), ('"persons":2', '"persons":1'),
                     ('"DA-2026-007"', '"DA-2026-008"')):  # fmt: skip
        assert old in text
        settled.plan.write_text(text.replace(old, new))
        assert "changed" in settled("apply", settled.plan, *settled.by, code=14).err
    # Another plan's approval does not count for this one.
    settled.plan.write_text(text)
    other = settled.folder / "other.json"
    settled("plan", "--out", other, "--action", "hardlink", "--as", "kim", *settled.by)
    signatures = text[text.index('"signatures"') :]
    made = other.read_text()
    other.write_text(made[: made.index('"signatures"')] + signatures)
    assert "nobody whose approval" in settled("apply", other, *settled.by, code=13).err
    # An approver whom nobody trusts here does not count either.
    settled("plan", "--out", other, "--action", "quarantine", "--as", "kim", *settled.by)
    settled("approve", "--new-key", "mallory")
    settled("approve", other, "--as", "mallory")
    assert "mallory approved this plan" in settled("apply", other, *settled.by, code=13).err
    assert settled.files() == before


def test_an_approval_whose_key_is_not_trusted_says_how_to_trust_it(settled):
    settled("plan", "--out", settled.plan, "--action", "hardlink", "--as", "kim", *settled.by)
    told = settled("approve", "--new-key", "Mo of the archive").out
    command = next(line.strip() for line in told.splitlines() if "--trust" in line)
    told = settled("approve", settled.plan, "--as", "Mo of the archive").out
    assert command in told
    refused = settled("apply", settled.plan, *settled.by, code=13)
    assert "Mo of the archive approved this plan, but with a key that is not trusted" in refused.err
    assert command in refused.err
    assert "A second person" not in refused.err
    # Another key under that name is not the one that signed.
    settled("approve", "--trust", "Mo of the archive", "11" * 32)
    assert command in settled("apply", settled.plan, *settled.by, code=13).err
    settled(*shlex.split(command)[1:])
    assert "not trusted" not in settled("approve", settled.plan, "--as", "Mo of the archive").out
    assert "1 steps done" in settled("apply", settled.plan, *settled.by).out


def test_an_author_cannot_approve_under_another_name(settled):
    config = settled.folder / "config" / "monoprint" / "keys"
    (config / "kim the second.pem").write_bytes((config / "kim.pem").read_bytes())
    (config / "kim the second.pem").chmod(0o600)
    settled("plan", "--out", settled.plan, "--action", "quarantine", "--as", "kim",
           *settled.by)  # fmt: skip
    for name in ("KIM ", "kim the second"):
        ended = settled("approve", settled.plan, "--as", name, code=13)
        assert "two persons" in ended.err or "no key" in ended.err
    (config / "lee.pem").chmod(0o644)
    assert "others may read" in settled("approve", settled.plan, "--as", "lee", code=13).err


def test_a_hold_that_came_after_the_plan_stops_its_steps(settled):
    settled.planned("quarantine", *settled.by)
    assert "authority file" in settled("apply", settled.plan, code=14).err
    settled.authority(AUTHORITY + '\n[[hold]]\nname = "All"\nreason = "audit"\n'
                     'stores = ["housing"]\n')  # fmt: skip
    before = settled.files()
    told = settled("apply", settled.plan, "--strict", *settled.by, code=16).out
    assert "hold All: audit" in told
    assert settled.files() == before


def test_what_was_decided_otherwise_since_the_plan_is_left(settled):
    settled.planned("quarantine", *settled.by)
    before = settled.files()
    rows = [json.loads(line) for line in settled("history", "--json").out.splitlines()]
    (of_copy,) = [
        row["seq"] for row in rows
        if row["act"] == "settled" and "copy of 1.jpg" in json.dumps(row["what"])
    ]  # fmt: skip
    settled("undo", "--decision", of_copy, "--as", "lee")
    assert "decided otherwise" in settled("apply", settled.plan, "--dry-run", *settled.by).out
    told = settled("apply", settled.plan, *settled.by).out
    assert "1 steps done" in told
    assert "it was decided otherwise since the plan was made" in told
    assert "housing/a/copy of 1.jpg" in settled.files()
    assert set(before) - set(settled.files()) == {"housing/b/9 with caption.png"}


def test_a_plan_for_one_person_is_not_carried_out_where_two_are_required(settled):
    one = settled.authority("persons = 1\n" + AUTHORITY)
    settled("plan", "--out", settled.plan, "--action", "hardlink", "--as", "kim", *settled.by)
    settled("approve", settled.plan, "--as", "kim")
    key = json.loads(settled.plan.read_text())["signatures"][0]["key"]
    settled("approve", "--trust", "kim", key)
    settled.authority()
    before = settled.files()
    assert "asks for 1 person" in settled("apply", settled.plan, *settled.by, code=13).err
    assert settled.files() == before
    settled.authority("persons = 1\n" + AUTHORITY)
    assert "1 steps done" in settled("apply", settled.plan, "--authority", one).out


def test_a_reflink_is_made_and_undone_or_said_to_be_impossible(settled, storage):
    before = settled.files()
    settled.planned("reflink", *settled.by)
    told = settled("apply", settled.plan, *settled.by).out
    assert settled.files() == before
    kept, copy = (settled.folder / "housing/a" / name for name in ("1.jpg", "copy of 1.jpg"))
    if not storage.can_be_shared(settled.folder):
        assert "this file system cannot share storage between files" in told
        return
    assert "1 steps done" in told
    assert not copy.samefile(kept)
    assert storage.of(copy) == storage.of(kept)
    assert "1 steps put back, 0 not." in settled("undo", settled.plan).out
    assert settled.files() == before
    assert storage.of(copy) != storage.of(kept)


def test_a_redirect_map_and_script_change_nothing_here_and_the_script_checks_first(settled):
    before = settled.files()
    settled("plan", "--out", settled.plan, "--action", "redirect", "--as", "kim", *settled.by)
    settled("apply", settled.plan, *settled.by, code=13)
    settled("approve", settled.plan, "--as", "lee")
    told = settled("apply", settled.plan, *settled.by).out
    assert settled.files() == before
    assert f"  {settled.folder / 'plan.redirects.sh'}\n" in told
    assert "monoprint undo" not in told
    assert "no plan that was carried out" in settled("undo", code=12).err
    listed = json.loads((settled.folder / "plan.redirects.json").read_text())
    assert len(listed) == 2
    assert (settled.folder / "plan.redirects.csv").read_text().splitlines()[0] == (
        "old,kept,relation,sha256,kept_sha256,bytes"
    )
    old = [settled.folder / entry["old"].replace(":", "/", 1) for entry in listed]
    old[0].write_bytes(b"changed since")
    done = subprocess.run(
        ["sh", settled.folder / "plan.redirects.sh"], capture_output=True, check=True
    )
    assert b"skipped: " in done.stderr
    assert old[0].exists()
    assert not old[1].exists()


def test_what_has_lain_in_quarantine_long_enough_is_deleted_by_a_plan_of_its_own(settled):
    settled.planned("quarantine", *settled.by)
    settled("apply", settled.plan, *settled.by)
    purge = settled.folder / "purge.json"
    settled("plan", "--out", purge, "--delete-after", "3", "--as", "kim", *settled.by, code=2)
    settled("plan", "--out", purge, "--delete-after", "30", "--as", "kim", *settled.by)
    assert json.loads(purge.read_text())["totals"]["authorised_now"]["files"] == 0
    # A day to come makes it no older.
    in_40_days = (date.today() + timedelta(days=40)).isoformat()
    later = settled.authority(AUTHORITY.replace("{tomorrow}", "2999-01-01"))
    settled.by = ("--authority", later)
    delete = ("plan", "--out", purge, "--delete-after", "30", "--as", "kim")
    settled(*delete, "--on", in_40_days, *settled.by)
    assert json.loads(purge.read_text())["totals"]["authorised_now"]["files"] == 2
    settled("approve", purge, "--as", "lee")
    assert "still to come" in settled("apply", purge, *settled.by, code=14).err
    settled.put_aside(40)
    settled("plan", "--out", purge, "--delete-after", "30", "--as", "kim")
    expired = json.loads(purge.read_text())
    assert expired["totals"]["blocked_for_want_of_authority"]["files"] == 2
    settled(*delete, *settled.by)
    assert json.loads(purge.read_text())["totals"]["authorised_now"]["files"] == 2
    aside = [p for p in settled.files() if ".monoprint-quarantine" in p and "manifest" not in p]
    assert len(aside) == 2
    settled("apply", purge, *settled.by, code=13)
    settled("approve", purge, "--as", "lee")
    settled.put_aside(6)
    told = settled("apply", purge, "--dry-run", *settled.by).out
    assert told.count("it has not lain in quarantine for 7 days") == 2
    settled.put_aside(40)
    told = settled("apply", purge, *settled.by).out
    assert "2 steps done" in told
    assert "gone for good" in told
    left = [p for p in settled.files() if ".monoprint-quarantine" in p and "manifest" not in p]
    assert left == []
    assert "2 not" in settled("undo", purge).out


def test_a_killed_program_is_gone_on_with(settled):
    settled.planned("hardlink", *settled.by)
    journal = settled.folder / "plan.json.journal"
    settled("apply", settled.plan, *settled.by)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(
        b"".join(lines[:2])
    )  # as if it had been killed after the first announcement
    told = settled("apply", settled.plan, *settled.by).out
    assert "steps done" in told
    assert "0 not" in settled("undo", settled.plan).out
    assert journal.exists()


def test_errors_name_the_line_and_the_key(settled):
    rules = settled.folder / "rules.toml"
    rules.write_text('settle = ["identical-bytes"]\nkeep = [\n  "more pixels",\n  "nicest",\n]\n')
    told = settled("decide", "--rules", rules, code=15).err
    assert "rules.toml, line 2: keep[2]" in told
    assert '"nicest"' in told
    rules.write_text('settle = ["edited"]\n')
    assert "never be settled by a rule" in settled("decide", "--rules", rules, code=15).err


def test_deciding_needs_an_audit_first(tmp_path, run):
    ended = run("decide", MONOPRINT_CATALOG=str(tmp_path / "none.sqlite"))
    assert ended.code == 2
    assert "no catalog" in ended.err
