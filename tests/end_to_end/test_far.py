"""Stores over a network through the whole program: with faults, and killed in the middle."""

import json
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from benchmarks.s3_server import KEYS, bucket, refusal


@pytest.fixture(scope="module")
def files(draw):
    found = {f"{n % 7}/{n:03}.jpg": draw.jpeg(n, (96, 72)) for n in range(60)}
    found |= {f"copies/{n:03}.jpg": draw.jpeg(n, (96, 72)) for n in range(0, 60, 6)}
    found |= {f"odd//{n}/../x.jpg": draw.jpeg(100 + n, (96, 72)) for n in range(3)}
    return found | {"broken.jpg": draw.jpeg(200)[:700], "text.txt": b"no picture"}


@pytest.fixture
def server(server, files):
    for key, data in files.items():
        server.put(key, data)
    return server


@pytest.fixture
def store(url):
    """Give the bucket as a store with a name."""
    return f"bucket={bucket(url)}"


def report(folder):
    return json.loads((folder / "report.json").read_text())


def groups(told):
    return sorted(sorted(member["path"] for member in group["members"]) for group in told["groups"])


def audit(run, store, out, *words):
    ended = run("audit", "--name", store, "--level", "visual", "--out", out,
                "--catalog", out.parent / f"{out.name}.sqlite", *words, **KEYS)  # fmt: skip
    assert ended.code == 0, ended.err
    return report(out)


def test_a_bucket_gives_the_groups_of_the_same_files_in_a_folder(
    run, server, store, files, draw, tmp_path
):
    plain = {key: data for key, data in files.items() if "//" not in key}
    folder = draw.store(tmp_path / "folder", plain)
    for key in files.keys() - plain.keys():
        del server.objects[key]
    far = audit(run, store, tmp_path / "far")
    near = audit(run, f"bucket={folder}", tmp_path / "near")
    assert groups(far) == groups(near)
    assert len(groups(far)) == 10
    assert far["totals"] == near["totals"]


def test_with_faults_on_the_way_nothing_is_missed_and_nothing_twice(
    run, server, store, files, tmp_path
):
    whole = audit(run, store, tmp_path / "whole")
    tries = Counter()

    def fault(asked, answer):
        """Fail the first two answers to each question, each in another way."""
        tries[asked.what, asked.key] += 1
        turn = tries[asked.what, asked.key]
        if turn > 2:
            return answer
        kinds = (
            refusal(503, "SlowDown"),
            replace(answer, cut=len(answer.body) // 2),
            replace(answer, cut=0),
            replace(answer, length=len(answer.body) + 3),
        )
        return kinds[(len(tries) + turn) % 4]

    server.fault = fault
    faulty = audit(run, store, tmp_path / "faulty")
    assert faulty["totals"] == whole["totals"]
    assert groups(faulty) == groups(whole)
    assert faulty["totals"]["files"] == len(files)
    assert faulty["totals"]["unreadable"] == 1  # the broken picture


def test_killed_in_the_middle_it_goes_on(run, server, store, tmp_path, child_environment, wait_for):
    whole = audit(run, store, tmp_path / "whole")
    server.latency = 0.05
    server.asked.clear()
    out = tmp_path / "killed"
    words = ["audit", "--name", store, "--level", "visual", "--out", out,
             "--catalog", tmp_path / "killed.sqlite"]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "monoprint", *words], env=child_environment | KEYS,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(lambda: server.asked["get"] >= 20, "some objects to be read")
    process.send_signal(signal.SIGKILL)
    process.wait()
    server.latency = 0
    again = audit(run, store, out)
    assert again["totals"] == whole["totals"]
    assert groups(again) == groups(whole)


def test_what_the_store_keeps_of_an_object_shows_that_it_was_altered(
    run, server, store, files, tmp_path
):
    server.put("0/000.jpg", files["0/000.jpg"], x_amz_checksum_crc32="AAAAAA==")
    told = audit(run, store, tmp_path / "report")
    ((path, what, expected),) = [(f["path"], f["what"], f["expected"]) for f in told["fixity"]]
    assert (path, what, expected) == ("0/000.jpg", "altered", "crc-32:00000000")


def test_a_missing_bucket_ends_in_one_line(run, server, store, tmp_path):
    server.gone = True
    ended = run("audit", "--name", store, "--out", tmp_path / "report",
                "--catalog", tmp_path / "c.sqlite", **KEYS)  # fmt: skip
    assert ended.code == 3
    assert "cannot list" in ended.err
