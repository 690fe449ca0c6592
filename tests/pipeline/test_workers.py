"""Worker processes: every task is answered, whatever becomes of its worker."""

import os
import signal
import sys
import threading
import time
from hashlib import sha256
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from monoprint.errors import MonoprintError
from monoprint.pipeline import workers as crews
from monoprint.pipeline.workers import Workers

FAR = 600.0  # seconds that no test takes


def read(folder, name, **more):
    return {
        "do": "read",
        "checksum": "",
        "modified_ns": 0,
        "location": str(folder),
        "path": name,
        "follow_symlinks": False,
        "iscc": False,
        "local": False,
    } | more


@pytest.fixture(scope="module")
def store(tmp_path_factory, draw):
    files = {f"{n}.png": draw.file(draw.photo(n, (64, 48)), "PNG") for n in range(12)}
    return draw.store(tmp_path_factory.mktemp("store"), files)


@pytest.fixture(scope="module")
def crew():
    with Workers(1, FAR) as workers:
        yield workers


@pytest.fixture
def end(processes, wait_for):
    """Give a function that kills a worker and waits until its crew has noticed."""

    def listeners():
        return [thread for thread in threading.enumerate() if "_listen" in thread.name]

    def ending(pid):
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not processes.alive(pid) and not listeners(), "the worker has ended")

    return ending


@pytest.fixture
def one(crew, store, processes):
    """Give a crew of one whose worker is up, and its id."""
    list(crew.answers([(n, read(store, f"{n}.png")) for n in range(2)]))
    (pid,) = processes.workers()
    return crew, pid


def statuses(answers):
    return {tag: answer["status"] for tag, answer in answers}


def test_every_task_is_answered_under_its_tag_and_the_workers_end(store, processes):
    tasks = [(f"{n}.png", read(store, f"{n}.png")) for n in range(12)]
    others = set(processes.workers())
    with Workers(2) as workers:
        answers = list(workers.answers(tasks))
        running = set(processes.workers()) - others
        again = list(workers.answers(tasks))
        assert set(processes.workers()) - others == running
    assert sorted(tag for tag, _ in answers) == sorted(tag for tag, _ in tasks)
    assert len({answer["sha256"] for _, answer in answers}) == 12
    assert dict(again) == dict(answers)
    assert len(running) == 2
    assert not any(processes.alive(pid) for pid in running)


def test_workers_end_though_answers_are_left(store, processes):
    with Workers(1) as workers:
        answers = workers.answers([(n, read(store, f"{n}.png")) for n in range(12)])
        next(answers)
        running = processes.workers()
        assert running
    assert not any(processes.alive(pid) for pid in running)


def test_a_task_that_ends_its_worker_is_refused_and_the_others_are_answered(crew, store):
    tasks = [(n, read(store, f"{n}.png")) for n in range(12)]
    tasks[5] = (5, {"do": "nothing that a worker can do"})
    answers = dict(crew.answers(tasks))
    assert answers[5] == {"status": "refused", "reason": "decoder crashed: exit code 1"}
    assert statuses(answers.items()) == {n: "refused" if n == 5 else "ok" for n in range(12)}


def test_tasks_that_all_end_their_workers_are_all_refused():
    with Workers(2) as workers:
        answers = list(workers.answers((n, {"do": "nothing"}) for n in range(4)))
    assert statuses(answers) == dict.fromkeys(range(4), "refused")


def test_stores_are_opened_before_tasks_and_whatever_becomes_of_that(store):
    with Workers(2, FAR) as workers:
        workers.open(["s3://bucket#reigon=x", "nothing://there", str(store)], follow_symlinks=False)
        answers = workers.answers((n, read(store, f"{n}.png")) for n in range(12))
        assert statuses(answers) == dict.fromkeys(range(12), "ok")


def test_no_module_that_lies_in_the_folder_is_run(tmp_path, draw, monkeypatch):
    draw.store(tmp_path, {"a.png": draw.file(draw.photo(1, (64, 48)), "PNG")})
    for name in ("json", "tarfile", "numpy", "PIL"):
        (tmp_path / f"{name}.py").write_text("import pathlib; pathlib.Path('run').touch()")
    monkeypatch.chdir(tmp_path)
    with Workers(1, FAR) as workers:
        assert statuses(workers.answers([(0, read(tmp_path, "a.png"))])) == {0: "ok"}
    assert not (tmp_path / "run").exists()


CRASHING_WORKER = """
import os, signal, sys
sys.stdout.write("ready\\n")
sys.stdout.flush()
for line in sys.stdin:
    if '"crash"' in line:
        os.kill(os.getpid(), signal.SIGSEGV)
    sys.stdout.write('{"status": "ok"}\\n')
    sys.stdout.flush()
"""


# What a worker runs first: a decoder that a certain task breaks, as soon as it is at hand.
BROKEN = """
import json, os, signal, threading
def loads(*words, loads=json.loads, **more):
    found = loads(*words, **more)
    if found == {"do": "break"} and threading.current_thread() is threading.main_thread():
        os.kill(os.getpid(), signal.SIGSEGV)
    return found
json.loads = loads
"""


# A store that is waited for before certain tasks.
WAITING = """
import json, sys, threading
def loads(*words, loads=json.loads, **more):
    found = loads(*words, **more)
    if threading.current_thread() is threading.main_thread():
        sys.stdout.buffer.write(b"\\n" * found.get("beats", 0))
    return found
json.loads = loads
"""


def test_signs_of_life_are_taken_up_to_a_bound(store, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(WAITING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr("monoprint.pipeline.workers._MOST_BEATS", 3)
    tasks = [(beats, read(store, "0.png", beats=beats)) for beats in (3, 0, 4, 2)]
    with Workers(1, FAR) as workers:
        answers = dict(workers.answers(tasks))
    assert statuses(answers.items()) == {3: "ok", 0: "ok", 4: "refused", 2: "ok"}


def test_a_crash_names_its_signal(store, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(BROKEN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    tasks = [(n, read(store, f"{n}.png")) for n in range(4)]
    with Workers(1) as workers:
        answers = dict(workers.answers([*tasks[:2], ("x", {"do": "break"}), *tasks[2:]]))
    assert answers["x"] == {"status": "refused", "reason": "decoder crashed: signal SIGSEGV"}
    assert statuses(answers.items()) == {"x": "refused"} | dict.fromkeys(range(4), "ok")


def test_a_worker_that_something_else_ends_costs_no_file(one, store):
    crew, pid = one

    def tasks():
        os.kill(pid, signal.SIGSTOP)
        yield 0, read(store, "0.png")
        os.kill(pid, signal.SIGKILL)  # as the system does when memory runs out
        for n in range(1, 8):
            yield n, read(store, f"{n}.png")

    assert statuses(crew.answers(tasks())) == dict.fromkeys(range(8), "ok")


def test_a_worker_that_hangs_is_replaced(one, store, processes, monkeypatch):
    crew, pid = one
    ahead = [0.0]
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + ahead[0], sleep=time.sleep)
    monkeypatch.setattr("monoprint.pipeline.workers.time", clock)

    def tasks():
        os.kill(pid, signal.SIGSTOP)
        yield 0, read(store, "0.png")
        ahead[0] = FAR
        for n in range(1, 8):
            yield n, read(store, f"{n}.png")

    answers = dict(crew.answers(tasks()))
    reason = f"time limit: no answer within {FAR:g} seconds"
    assert answers[0] == {"status": "refused", "reason": reason}
    assert statuses(answers.items()) == {0: "refused"} | dict.fromkeys(range(1, 8), "ok")
    assert not processes.alive(pid)


def test_a_worker_that_dies_between_two_tasks_costs_no_file(one, store, end):
    crew, pid = one
    end(pid)
    answers = crew.answers([(n, read(store, f"{n}.png")) for n in range(6)])
    assert statuses(answers) == dict.fromkeys(range(6), "ok")


def test_a_file_that_needs_too_much_memory_is_refused(one, store, draw, processes, end):
    import resource

    flat = Image.fromarray(np.full((5000, 5000, 3), 200, np.uint8))
    draw.store(store, {"bloat.png": draw.file(flat, "PNG")})
    crew, pid = one
    with open(f"/proc/{pid}/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.prlimit(pid, resource.RLIMIT_AS, (now + (24 << 20), now + (24 << 20)))
    tasks = [("a", read(store, "1.png")), ("b", read(store, "bloat.png"))]
    answers = dict(crew.answers([*tasks, ("c", read(store, "2.png"))]))
    assert statuses(answers.items()) == {"a": "ok", "b": "refused", "c": "ok"}
    assert answers["b"]["reason"].startswith("memory limit: ")
    assert processes.workers() == [pid]
    end(pid)  # its bound would stay for the tests to come


def test_a_worker_has_its_memory_bounded(one):
    import resource

    bound, _ = resource.prlimit(one[1], resource.RLIMIT_AS)
    assert 0 < bound < 16 << 30


@pytest.mark.parametrize("count", [1, 2])
def test_workers_that_cannot_start_are_nobodys_fault_but_the_programs(monkeypatch, store, count):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(MonoprintError, match="start") as raised, Workers(count) as workers:
        list(workers.answers([(n, read(store, f"{n}.png")) for n in range(6)]))
    assert "monoprint.pipeline.worker" in raised.value.advice


def test_an_interpreter_that_is_not_there_is_told_too(monkeypatch, store):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(MonoprintError, match="start"), Workers(1) as workers:
        list(workers.answers([(0, read(store, "0.png"))]))


def test_threads_that_ask_at_once_get_each_its_own_answer(crew, tmp_path, draw):
    digests = {}
    for n in range(12):
        data = draw.jpeg(300 + n, (40, 30))
        draw.store(tmp_path, {f"{n}.jpg": data})
        digests[f"{n}.jpg"] = sha256(data).hexdigest()
    wrong, ready = [], threading.Barrier(8)

    def ask(turn):
        ready.wait()
        for n in range(60):
            name = f"{(n * (turn + 1)) % 12}.jpg"
            ((_, answer),) = crew.answers([(None, read(tmp_path, name))])
            if answer.get("sha256") != digests[name]:
                wrong.append(name)

    threads = [threading.Thread(target=ask, args=(turn,)) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


class Reading:
    """A job that has files read, some at a time."""

    def __init__(self, store, name, *rounds):
        self.store, self.name, self.rounds = store, name, list(rounds)
        self.answers = []

    def ask(self):
        names = self.rounds.pop(0) if self.rounds else []
        return [((self.name, n), read(self.store, n)) for n in names]

    def take(self, tag, answer):
        self.answers.append((tag[1], answer["status"]))


@pytest.fixture
def given(monkeypatch):
    """Record which worker each task is given to, by its tag."""
    sent = {}
    send = crews._Worker.send

    def recorded(worker, tag, task, waiting):
        sent.setdefault(tag[1][0], []).append(id(worker))
        send(worker, tag, task, waiting)

    monkeypatch.setattr(crews._Worker, "send", recorded)
    return sent


def test_jobs_are_asked_until_they_want_no_more(store):
    rounds = [["0.png", "1.png", "2.png"], ["gone.png", "4.png"], ["5.png"]]
    jobs = [Reading(store, n, *rounds[: n % 4]) for n in range(30)]
    with Workers(2, FAR) as workers:
        workers.work_off(iter(jobs))
    for n, job in enumerate(jobs):
        wanted = [name for names in rounds[: n % 4] for name in names]
        assert sorted(name for name, _ in job.answers) == sorted(wanted)
        assert all((status == "ok") == (name != "gone.png") for name, status in job.answers)
        assert not job.rounds


def test_a_jobs_tasks_go_to_one_worker_while_there_are_others_to_begin(store, given):
    names = [f"{n}.png" for n in range(4)]
    with Workers(2, FAR) as workers:
        workers.work_off([Reading(store, n, names, names) for n in range(30)])
    assert {len(to) for to in given.values()} == {8}
    assert len({to[0] for to in given.values()}) == 2
    assert sum(len(set(to)) == 1 for to in given.values()) >= 20


def test_a_worker_with_nothing_to_do_helps_with_anothers_job(store, given):
    job = Reading(store, "all", [f"{n}.png" for n in range(12)])
    with Workers(2, FAR) as workers:
        workers.work_off([job])
    assert len(job.answers) == 12
    assert len(set(given["all"])) == 2


def test_a_job_is_told_of_a_task_that_ends_its_worker(store):
    job = Reading(store, "x", ["0.png", "1.png"])
    tasks = job.ask()
    job.ask, asked = lambda: asked.pop(), [[], [(("x", "bad"), {"do": "nothing"}), *tasks]]
    with Workers(2, FAR) as workers:
        workers.work_off([job])
    assert sorted(job.answers) == [("0.png", "ok"), ("1.png", "ok"), ("bad", "refused")]


def test_jobs_that_want_nothing_are_done_at_once():
    with Workers(1, FAR) as workers:
        workers.work_off([])
        workers.work_off([Reading("", "none"), Reading("", "nor this")])


def test_jobs_find_out_that_no_worker_can_start(monkeypatch, store):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Workers(2) as workers, pytest.raises(MonoprintError, match="could not start"):
        workers.work_off([Reading(store, "x", ["0.png"])])
