"""The program itself: help, exit codes, what it prints and what it refuses."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from monoprint.catalog.store import open_catalog
from monoprint.version import VERSION

VERBS = ("audit", "explain", "scan", "status", "selftest")


@pytest.fixture(scope="module")
def store(tmp_path_factory, draw):
    files = {"a.jpg": draw.jpeg(1), "b.jpg": draw.jpeg(1), "bad.jpg": draw.jpeg(2)[:900]}
    return draw.store(tmp_path_factory.mktemp("cli") / "store", files)


@pytest.fixture(scope="module")
def scanned(run, store, tmp_path_factory):
    """Scan the store, and return the catalog and what the program said."""
    catalog = tmp_path_factory.mktemp("scanned") / "catalog.sqlite"
    return catalog, run("scan", store, "--catalog", catalog)


def refused(ended, code, *words):
    """Check that a run ended with a code and a sentence, and printed nothing else."""
    assert ended.code == code, ended
    assert ended.out == ""
    for word in words:
        assert word in ended.err
    assert 1 <= len(ended.err.splitlines()) <= 6


# Help


def test_help_names_every_verb_and_exit_code(run):
    ended = run("--help")
    assert (ended.code, ended.err) == (0, "")
    for word in (*VERBS, "Examples:", "Exit codes:", "130 interrupted"):
        assert word in ended.out


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_has_an_example(run, verb):
    ended = run(verb, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert "Example" in ended.out
    assert f"  monoprint {verb}" in ended.out
    assert all(len(line) <= 100 for line in ended.out.splitlines())


def test_no_verb_at_all_shows_the_help(run):
    ended = run()
    assert ended.code in {0, 2}
    assert "Examples:" in ended.out + ended.err


def test_the_version_is_told(run):
    assert VERSION in run("--version").out


def test_help_loads_nothing_that_is_slow(child_environment):
    loaded = """
import sys
sys.argv = ["monoprint", "--help"]
from monoprint.cli.main import main
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
    command = [sys.executable, "-c", loaded]
    done = subprocess.run(command, capture_output=True, env=child_environment, check=True)
    modules = set(done.stderr.decode().split())
    assert {"monoprint", "click"} <= modules
    slow = {"numba", "numpy", "sqlalchemy", "alembic", "PIL", "cv2", "pyarrow", "rich", "jinja2"}
    assert not modules & slow


# What a run says


def test_a_scan_says_what_it_did(scanned):
    _, ended = scanned
    assert ended.code == 0
    assert ended.out == "3 entries listed, 3 read, 0 gone since last time.\n"
    assert ended.err == ""


def test_status_as_json(run, scanned, store):
    catalog, _ = scanned
    ended = run("status", "--json", "--catalog", catalog)
    assert (ended.code, ended.err) == (0, "")
    told = json.loads(ended.out)
    assert told["catalog"] == str(catalog)
    size = sum(path.stat().st_size for path in store.iterdir())
    assert told["stores"] == [
        {
            "name": "store", "location": str(store), "pending": 0, "files": 3, "ok": 2,
            "container": 0, "listed": 0, "unreadable": 1, "unsupported": 0,
            "refused": 0, "bytes": size,
        }
    ]  # fmt: skip


def test_status_for_people(run, scanned, store):
    ended = run("status", "--catalog", scanned[0])
    assert str(store) in ended.out
    assert "3 files" in ended.out
    assert "1 unreadable" in ended.out


def test_status_of_a_new_catalog_says_how_to_begin(run, tmp_path):
    ended = run("status", "--catalog", tmp_path / "catalog.sqlite")
    assert ended.code == 0
    assert "monoprint audit" in ended.out


def test_the_catalog_can_be_named_by_the_environment(run, scanned):
    told = run("status", "--json", MONOPRINT_CATALOG=str(scanned[0])).out
    assert json.loads(told)["catalog"] == str(scanned[0])


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other data folders")
def test_the_catalog_lies_in_the_users_data_folder_by_default(run, tmp_path):
    told = json.loads(run("status", "--json", XDG_DATA_HOME=str(tmp_path)).out)
    assert told["catalog"] == str(tmp_path / "monoprint" / "catalog.sqlite")
    assert (tmp_path / "monoprint" / "catalog.sqlite").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are always text")
def test_a_report_may_lie_under_a_name_that_is_not_utf8(run, store, scanned, tmp_path):
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    audited = run("audit", store, "--out", odd / "report", "--catalog", scanned[0])
    assert audited.code == 0, audited.err
    assert "Report: " in audited.out
    assert (odd / "report" / "groups.parquet").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are always text")
def test_a_store_that_is_not_there_is_told_though_its_name_is_not_utf8(run, tmp_path):
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    ended = run("scan", "--name", f"x={odd}/none", "--catalog", tmp_path / "c.sqlite")
    refused(ended, 3, "does not exist")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are always text")
def test_a_catalog_may_have_a_name_that_is_not_utf8_or_is_refused_in_words(run, tmp_path):
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.sqlite"))
    for words in ((), ("--json",)):
        assert run("status", *words, "--catalog", odd).code in {0, 4}


# How errors end it


@pytest.mark.parametrize(
    "words",
    [
        ("audit",),
        ("audit", "."),
        ("scan",),
        ("scan", "--name", "x"),
        ("scan", "--name", "=."),
        ("scan", "--name", "x="),
        ("scan", "--name", "a:b=."),
        ("audit", ".", "--out", "x", "--level", "nearly"),
        ("scan", ".", "--no-such-option"),
        ("no-such-verb",),
    ],
)
def test_a_wrong_command_ends_with_2(run, tmp_path, words):
    ended = run(*words, MONOPRINT_CATALOG=str(tmp_path / "catalog.sqlite"))
    refused(ended, 2)
    assert not (tmp_path / "catalog.sqlite").exists()


def test_stores_inside_each_other_end_with_2(run, store, tmp_path):
    ended = run("scan", store, store.parent, "--catalog", tmp_path / "catalog.sqlite")
    refused(ended, 2, "counted twice")


@pytest.mark.parametrize("out", ["", "report", "deep/down", "../store/report"])
def test_a_report_inside_a_store_ends_with_2(run, store, tmp_path, out):
    before = sorted(store.rglob("*"))
    catalog = tmp_path / "catalog.sqlite"
    ended = run("audit", store, "--out", store / out, "--catalog", catalog)
    refused(ended, 2, "would lie in the store")
    assert sorted(store.rglob("*")) == before
    assert not catalog.exists()


def test_a_report_inside_a_store_by_a_link_ends_with_2(run, store, tmp_path):
    (tmp_path / "link").symlink_to(store)
    catalog = tmp_path / "catalog.sqlite"
    ended = run("audit", store, "--out", tmp_path / "link" / "report", "--catalog", catalog)
    refused(ended, 2, "would lie in the store")


def test_a_catalog_inside_a_store_ends_with_2(run, store):
    before = sorted(store.rglob("*"))
    refused(run("scan", store, "--catalog", store / "c.sqlite"), 2, "would lie in the store")
    assert sorted(store.rglob("*")) == before


def test_a_store_that_is_not_there_ends_with_3(run, tmp_path):
    ended = run("scan", tmp_path / "none", "--catalog", tmp_path / "catalog.sqlite")
    refused(ended, 3, "none does not exist", "Name the folder")


def test_a_file_that_is_no_catalog_ends_with_4(run, store, tmp_path):
    (tmp_path / "catalog").write_bytes(b"no database\n" * 500)
    for words in (("scan", store), ("status",)):
        refused(run(*words, "--catalog", tmp_path / "catalog"), 4, "cannot open the catalog")


def test_a_busy_catalog_ends_with_5(run, store, tmp_path):
    with open_catalog(tmp_path / "catalog.sqlite").lock():
        ended = run("scan", store, "--catalog", tmp_path / "catalog.sqlite")
    refused(ended, 5, "another scan")


def test_a_report_that_cannot_be_written_ends_with_6(run, store, scanned, tmp_path):
    (tmp_path / "file").touch()
    ended = run("audit", store, "--out", tmp_path / "file", "--catalog", scanned[0])
    refused(ended, 6, "cannot write the report")


def test_a_database_without_its_package_ends_with_8(run, store):
    ended = run("scan", store, "--catalog", "nosuchdatabase://there/x")
    refused(ended, 8, "not installed")


def test_iscc_codes_without_their_package_end_with_8_before_any_file_is_read(run, store, tmp_path):
    (tmp_path / "iscc_lib.py").write_text("raise ImportError('it is not there')")
    catalog = tmp_path / "catalog.sqlite"
    ended = run("scan", store, "--iscc", "--catalog", catalog, PYTHONPATH=_before(tmp_path))
    refused(ended, 8, "monoprint[iscc]")


def _before(folder: Path) -> str:
    """Return the path on which modules are looked for, with a folder before all others."""
    return os.pathsep.join([str(folder), str(Path(__file__).parents[2] / "src")])


def test_strict_ends_with_10_after_a_whole_report(run, store, scanned, tmp_path):
    words = ("audit", store, "--out", tmp_path / "report", "--catalog", scanned[0])
    strict = run(*words, "--strict")
    assert strict.code == 10
    assert "1 files were unreadable or refused" in strict.err.replace("1 file was", "1 files were")
    assert "files.csv" in strict.err
    assert "Files listed" in strict.out
    assert (tmp_path / "report" / "report.html").exists()


def test_a_reader_that_goes_away_is_no_error(scanned, child_environment):
    command = f"'{sys.executable}' -m monoprint status --catalog '{scanned[0]}' | true"
    done = subprocess.run(
        command, shell=True, capture_output=True, env=child_environment, check=False
    )
    assert done.stderr == b""


# Naming stores


def stores_of(run, catalog):
    told = json.loads(run("status", "--json", "--catalog", catalog).out)["stores"]
    return {store["name"]: store["location"] for store in told}


def test_a_store_is_named_with_an_equals_sign(run, store, tmp_path):
    catalog = tmp_path / "c.sqlite"
    assert run("scan", f"housing={store}", "--catalog", catalog).code == 0
    assert stores_of(run, catalog) == {"housing": str(store)}


def test_a_folder_with_an_equals_sign_in_its_name_is_that_folder(run, store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    odd = tmp_path / "a=b"
    odd.symlink_to(store)
    catalog = tmp_path / "c.sqlite"
    assert run("scan", "a=b", "--catalog", catalog).code == 0
    assert stores_of(run, catalog) == {"store": str(store)}


def test_a_file_of_stores_names_all_of_them_and_each_can_be_named_alone(run, store, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    file = tmp_path / "stores.toml"
    file.write_text(f'[housing]\nlocation = "{store}"\n[landreg]\nlocation = "{other}"\n')
    every, one = tmp_path / "every.sqlite", tmp_path / "one.sqlite"
    assert run("scan", file, "--catalog", every).code == 0
    assert stores_of(run, every) == {"housing": str(store), "landreg": str(other)}
    assert run("scan", "--stores", file, "landreg", "--catalog", one).code == 0
    assert stores_of(run, one) == {"landreg": str(other)}


def test_one_file_is_a_store(run, store, tmp_path):
    catalog = tmp_path / "c.sqlite"
    ended = run("scan", store / "a.jpg", "--catalog", catalog)
    assert ended.out == "1 entries listed, 1 read, 0 gone since last time.\n"
    assert stores_of(run, catalog) == {"a.jpg": str(store / "a.jpg")}


def test_an_unknown_kind_of_store_ends_with_2_and_says_what_is_known(run, tmp_path):
    ended = run("scan", "gopher://host/x", "--catalog", tmp_path / "c.sqlite")
    refused(ended, 2, "gopher: is no kind of store", "Name a folder")


def test_sources_says_what_can_be_read_and_where_credentials_are_looked_for(run, store, tmp_path):
    file = tmp_path / "stores.toml"
    file.write_text(
        f'[housing]\nlocation = "{store}"\n[x]\nlocation = "gopher://host/x"\n'
        '[photos]\nlocation = "s3://b"\ncredentials = "reader"\n[gone]\nlocation = "/mnt/gone"\n'
    )
    ended = run("sources", file)
    assert ended.code == 0
    assert "a folder or file of this machine" in ended.out
    assert re.search(rf"ready +housing: {re.escape(str(store))}\n", ended.out)
    assert re.search("cannot be read yet +x: gopher", ended.out)
    assert "s3://bucket" in ended.out
    assert "MONOPRINT_NAME_PASSWORD" in ended.out
    told = json.loads(run("sources", file, "--json").out)
    assert {s["name"]: s["ready"] for s in told["stores"]} == {
        "housing": True, "x": False, "photos": False, "gone": False,
    }  # fmt: skip
    why = {s["name"]: s["why"] for s in told["stores"]}
    assert not why["housing"]
    assert "credentials reader have no access_key_id" in why["photos"]
    assert "/mnt/gone does not exist" in why["gone"]
    assert why["gone"] in ended.out
    assert {"Camera raw (NEF, CR2, CR3, ARW, DNG, ...)", "7z archives"} < {
        kind["what"] for kind in told["files"]
    }
