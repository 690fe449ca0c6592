"""Scans that are killed or interrupted: the next one goes on, and the report is the same."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

FILES = 150
COMPARED = ("report.json", "files.csv", "groups.csv")

# The program, committing after every few files, so that a small store has many commits.
PROGRAM = """
from monoprint.pipeline import scan
scan._BATCH_FILES = 4
from monoprint.cli.main import main
main()
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory, draw):
    files = {}
    for n in range(FILES // 3):
        picture = draw.photo(n, (160, 120))
        files[f"{n % 7}/{n}.jpg"] = draw.file(picture, "JPEG", quality=90)
        files[f"{n % 5}/{n}.png"] = draw.file(picture, "PNG")
        files[f"copies/{n}.jpg"] = files[f"{n % 7}/{n}.jpg"]
    return draw.store(tmp_path_factory.mktemp("killed") / "store", files)


def report(run, store, catalog, out):
    done = run("audit", store, "--out", out, "--catalog", catalog)
    assert done.code == 0, done.err
    return {name: (out / name).read_bytes() for name in COMPARED}


@pytest.fixture(scope="module")
def undisturbed(run, store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    return report(run, store, folder / "catalog.sqlite", folder / "report")


@pytest.fixture
def start(child_environment, processes):
    """Give a function that starts a scan in the background."""
    started = []

    def starting(*words, **more):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "scan", *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=child_environment,
            **more,
        )
        started.append(process)
        return process

    yield starting
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def read_so_far(catalog) -> int:
    """Return how many files the catalog holds a reading of."""
    try:
        with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT count(*) FROM file WHERE status IS NOT NULL")
            return found.fetchone()[0]
    except sqlite3.Error:
        return 0  # it is not made yet


def test_killed_again_and_again_the_report_is_the_same(
    run, store, undisturbed, start, processes, wait_for, tmp_path
):
    seed = random.randrange(1 << 32)
    print("seed", seed)  # a failure shows it
    moments = random.Random(seed)
    catalog = tmp_path / "catalog.sqlite"
    left = []
    for attempt in range(3):
        process = start(store, "--catalog", catalog)
        if attempt == 0:  # while it starts
            time.sleep(moments.uniform(0, 0.6))
        else:  # while it reads
            goal = min(read_so_far(catalog) + moments.randrange(1, 30), FILES)
            wait_for(
                lambda: read_so_far(catalog) >= goal or process.poll() is not None,  # noqa: B023
                "the scan goes on",
            )
            time.sleep(moments.uniform(0, 0.01))
        left += processes.workers(process.pid)
        process.kill()
        _, told = process.communicate()
        assert b"Traceback" not in told, told.decode()
    assert read_so_far(catalog) > 0
    assert report(run, store, catalog, tmp_path / "report") == undisturbed
    wait_for(lambda: not any(map(processes.alive, left)), "the workers of killed scans have ended")


def test_an_interrupt_ends_with_a_word_and_keeps_what_was_read(
    run, store, undisturbed, start, processes, wait_for, tmp_path
):
    catalog = tmp_path / "catalog.sqlite"
    process = start(store, "--catalog", catalog)
    wait_for(lambda: read_so_far(catalog) > 0 or process.poll() is not None, "the scan reads")
    left = processes.workers(process.pid)
    os.kill(process.pid, signal.SIGINT)
    _, told = process.communicate()
    assert process.returncode == 130, told.decode()
    assert told.decode().strip() == (
        "Interrupted. What was read is kept: run the same command again to go on."
    )
    wait_for(lambda: not any(map(processes.alive, left)), "the workers have ended")
    done = run("status", "--json", "--catalog", catalog)
    (told_store,) = json.loads(done.out)["stores"]
    assert told_store["pending"] + told_store["files"] == FILES
    assert told_store["ok"] >= 4
    assert report(run, store, catalog, tmp_path / "report") == undisturbed


def test_an_interrupt_of_the_whole_terminal_ends_the_same_way(
    store, start, processes, wait_for, tmp_path
):
    process = start(store, "--catalog", tmp_path / "catalog.sqlite", start_new_session=True)
    wait_for(lambda: processes.workers(process.pid) or process.poll() is not None, "it has workers")
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate()
    assert process.returncode == 130, told.decode()
    assert told.decode().strip().startswith("Interrupted. ")
    assert len(told.strip().splitlines()) == 1


def test_a_scan_is_refused_while_another_one_runs(run, store, start, wait_for, tmp_path):
    catalog = tmp_path / "catalog.sqlite"
    process = start(store, "--catalog", catalog)
    wait_for(lambda: read_so_far(catalog) > 0 or process.poll() is not None, "the scan reads")
    os.kill(process.pid, signal.SIGSTOP)
    try:
        second = run("scan", store, "--catalog", catalog)
        looked_at = run("status", "--catalog", catalog)
    finally:
        os.kill(process.pid, signal.SIGCONT)
    assert second.code == 5
    assert "another scan" in second.err
    assert looked_at.code == 0
    process.communicate()
    assert process.returncode == 0
