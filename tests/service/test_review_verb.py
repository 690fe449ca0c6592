"""The verb `review`: what it says before and while the desk is open."""

import re
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import httpx
import pytest

from monoprint.catalog.store import open_catalog
from monoprint.model.review import Duty
from monoprint.review import people


@pytest.fixture
def place(tmp_path):
    place = str(tmp_path / "catalog.sqlite")
    open_catalog(place).close()
    return place


def opened(place, environment, *words):
    return subprocess.Popen(
        [sys.executable, "-m", "monoprint", "review", "--catalog", place, "--port", "0",
         "--no-browser", *words],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_it_prints_links_that_open_once_and_closes_at_an_interrupt(place, child_environment):
    people.add(open_catalog(place), "grace")
    people.add(open_catalog(place), "ada", Duty.APPROVER)
    process = opened(place, child_environment, "--as", "ada", "--invite", "grace")
    links = dict(re.match(r"(\w+): (\S+)", process.stdout.readline()).groups() for _ in range(2))
    assert set(links) == {"ada", "grace"}
    for name, link in links.items():
        parts = urlsplit(link)
        base = f"{parts.scheme}://{parts.netloc}"
        assert parts.hostname == "127.0.0.1"
        answer = httpx.post(
            f"{base}/enter", data={"token": parts.fragment}, headers={"Origin": base}
        )
        page = httpx.get(f"{base}/", cookies=dict(answer.cookies)).text
        assert f"<bdi>{name}</bdi>" in page
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert "The desk is closed" in out
    assert "Traceback" not in err
    assert process.returncode == 0


def test_whoever_opens_the_first_desk_may_approve_and_others_are_strangers(
    place, run, child_environment
):
    process = opened(place, child_environment, "--as", "ada")
    assert process.stdout.readline().startswith("ada: http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    (ada,) = people.everybody(open_catalog(place))
    assert (ada.name, ada.duty) == ("ada", Duty.APPROVER)
    ended = run("review", "--catalog", place, "--as", "eve", "--no-browser", "--port", "0")
    assert ended.code == 13
    assert "monoprint people add eve" in ended.err


def test_a_port_that_is_taken_is_told(place, run, serving, tmp_path):
    port = str(urlsplit(serving(str(tmp_path / "other.sqlite"), tmp_path).base).port)
    ended = run("review", "--catalog", place, "--as", "ada", "--no-browser", "--port", port)
    assert ended.code == 2
    assert f"port {port} cannot be used" in ended.err
    assert "--port" in ended.err


def test_a_missing_extra_is_told_in_one_line(place, tmp_path, child_environment):
    hidden = tmp_path / "hidden" / "uvicorn"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError('no uvicorn', name='uvicorn')")
    path = f"{hidden.parent}:{child_environment['PYTHONPATH']}"
    ended = subprocess.run(
        [sys.executable, "-m", "monoprint", "review", "--catalog", place],
        env=child_environment | {"PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 8
    assert "pip install 'monoprint[desk]'" in ended.stderr
    assert "Traceback" not in ended.stderr
