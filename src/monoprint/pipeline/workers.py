"""A crew of worker processes: each task costs at most its own file, whatever is in it."""

import json
import os
import queue
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from monoprint.errors import MonoprintError
from monoprint.imaging.limits import MAX_SECONDS
from monoprint.sources.location import parse
from monoprint.sources.pace import SHARED_BY

Tag = TypeVar("Tag")
Task = dict[str, Any]
Answer = dict[str, Any]

# Tasks sent ahead to a worker, so that it never waits for its parent between two files.
AHEAD: Final = 4

# The same where tasks are of stores over a network, whose answers are waited for together.
AHEAD_FAR: Final = 12

# Signs of life that a worker may give in place of an answer: a read of half an hour.
_MOST_BEATS: Final = 180

_WATCH_EVERY: Final = 0.2

_READY: Final = b"ready\n"
_BEAT: Final = b"\n"
_NEVER_STARTED: Final[dict[str, Any]] = {}


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Job(Protocol):
    """What has tasks that share files, and more of them once those are answered."""

    def ask(self) -> Sequence[tuple[Any, Task]]:
        """Return the tasks that come next, each with a tag; none ends the job.

        It is called anew once all are answered.
        """

    def take(self, tag: Any, answer: Answer) -> None:
        """Take in the answer to the task of a tag."""


class Workers:
    """Worker processes that answer tasks in any order; use it as a context manager.

    Several threads may ask at once.

    `count` processes are started at once, so that they are ready when the first task comes. A
    task that crashes two workers, or is not answered within `seconds`, gets the answer
    ``{"status": "refused", "reason": ...}``; a new process takes each ended worker's place. Raises
    MonoprintError if a worker cannot start at all.
    """

    def __init__(self, count: int | None = None, seconds: float = MAX_SECONDS) -> None:
        count = count or cores()
        self._crew = [_Worker(seconds, count) for _ in range(count)]

    def __enter__(self) -> "Workers":
        for worker in self._crew:
            worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._crew:
            worker.stop()

    def open(self, places: Iterable[str], *, follow_symlinks: bool) -> None:
        """Have each worker open the stores over a network that a person named, ahead of its tasks.

        What keeps them from being opened is told by who lists or reads them.
        """
        nobody: queue.SimpleQueue[tuple[Any, dict[str, Any]]] = queue.SimpleQueue()
        for place in places:
            if not parse(place).is_local:
                task = {"do": "open", "location": place, "follow_symlinks": follow_symlinks}
                for worker in self._crew:
                    worker.send(None, task, nobody)

    def answers(
        self, tasks: Iterable[tuple[Tag, Task]], ahead: int = AHEAD
    ) -> Iterator[tuple[Tag, Answer]]:
        """Yield each task's tag with its answer, as they come.

        Up to `ahead` tasks are sent to a worker before it has answered the first.
        """
        coming = iter(tasks)
        return self._answered(lambda _: next(coming, None), ahead)

    def work_off(self, jobs: Iterable[Job]) -> None:
        """Have jobs answered until none asks for more, several at a time.

        A job's tasks go to one worker, which has their files at hand, unless another would have
        nothing to do.
        """
        coming = iter(jobs)
        piles: dict[_Worker, _Pile] = {worker: deque() for worker in self._crew}

        def put(job: Job, pile: _Pile) -> None:
            tasks = job.ask()
            share = _Share(job, pile, len(tasks))
            pile.extend(((share, tag), task) for tag, task in tasks)

        def due(worker: _Worker) -> tuple[tuple[_Share, Any], Task] | None:
            own = piles[worker]
            while not own and (job := next(coming, None)) is not None:
                put(job, own)
            if own:
                return own.popleft()
            fullest = max(piles.values(), key=len)
            return fullest.pop() if fullest else None

        for (share, tag), answer in self._answered(due, AHEAD):
            share.job.take(tag, answer)
            share.left -= 1
            if not share.left:
                put(share.job, share.pile)

    def _answered(
        self, due: "Callable[[_Worker], tuple[Tag, Task] | None]", ahead: int
    ) -> Iterator[tuple[Tag, Answer]]:
        """Yield the tags and answers of what is due for each worker, until nothing is."""
        waiting: queue.SimpleQueue[tuple[Any, Answer]] = queue.SimpleQueue()
        open_tasks = 0

        def sent(worker: _Worker) -> bool:
            task = due(worker)
            if task is not None:
                worker.send(*task, waiting)
            return task is not None

        while True:
            for worker in self._crew:
                while worker.load() < ahead and sent(worker):
                    open_tasks += 1
            if not open_tasks:
                # All are busy for other threads, where waiting in line is better than asking again
                # and again, or nothing is left.
                if not sent(min(self._crew, key=_Worker.load)):
                    return
                open_tasks += 1
            tag, answer = waiting.get()
            if answer is _NEVER_STARTED:
                raise _never_started()
            open_tasks -= 1
            yield tag, answer


def _command() -> list[str]:
    """Return what starts a worker.

    Without -P it would import modules from the folder that it is started in before the library's
    own: whoever may put a `tarfile.py` into a store would run it.
    """
    return [sys.executable, "-P", "-m", "monoprint.pipeline.worker"]


def _never_started() -> MonoprintError:
    return MonoprintError(
        "a worker process could not start",
        advice=f"Run `{shlex.join(_command())}` to see why.",
    )


@dataclass(slots=True)
class _Share:
    """The tasks that a job asked for together: on whose pile, and how many are not answered."""

    job: Job
    pile: "_Pile"
    left: int


# The tasks that lie before a worker.
_Pile = deque[tuple[tuple[_Share, Any], Task]]


@dataclass(slots=True)
class _Sent:
    """A task that a worker has been given, and where its answer is waited for."""

    tag: Any
    line: bytes
    waiting: "queue.SimpleQueue[tuple[Any, dict[str, Any]]]"
    crashes: int = 0


class _Worker:
    """One process, and the thread that reads its answers."""

    def __init__(self, seconds: float, crew: int) -> None:
        self._seconds = seconds
        self._crew = crew
        self._beats = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._sent: deque[_Sent] = deque()
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._deadline = 0.0
        self._stopping = False
        self._never_started = False

    def start(self) -> None:
        self._process = self._start()

    def load(self) -> int:
        return len(self._sent)

    def send(self, tag: Any, task: dict[str, Any], waiting: "queue.SimpleQueue[Any]") -> None:
        line = json.dumps(task).encode() + b"\n"
        # Answers are told apart by their order alone: what several threads send must be written
        # in the order in which it is noted.
        with self._sending:
            with self._lock:
                if self._process is None:
                    self._process = self._start()
                if not self._sent:
                    self._deadline = time.monotonic() + self._seconds
                self._sent.append(_Sent(tag, line, waiting))
                process = self._process
                if self._never_started:
                    waiting.put((None, _NEVER_STARTED))
            # Outside that lock: a full pipe must not keep the watch from ending a worker that
            # hangs.
            _write(process, line)

    def stop(self) -> None:
        """End the process: at once, since all answers that anyone waits for have come."""
        self._stopping = True
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        try:
            process = subprocess.Popen(  # noqa: S603 - its own interpreter and module
                _command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # decoders chatter there; answers come by stdout
                env=os.environ | {SHARED_BY: str(self._crew)},
            )
        except OSError as error:
            raise _never_started() from error
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()
        threading.Thread(target=self._watch, args=(process,), daemon=True).start()
        return process

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None  # noqa: S101
        if process.stdout.readline() != _READY:
            with self._lock:
                self._give_up()
            return
        for line in process.stdout:
            if line == _BEAT and self._beats < _MOST_BEATS:
                with self._lock:
                    self._beats += 1
                    self._deadline = time.monotonic() + self._seconds
                continue
            try:
                answer = json.loads(line)
            except ValueError:
                break  # a child that talks nonsense is treated as one that crashed
            with self._lock:
                if not self._sent:
                    break  # an answer that nobody asked for
                answered = self._sent.popleft()
                self._beats = 0
                self._deadline = time.monotonic() + self._seconds
            answered.waiting.put((answered.tag, answer))
        if self._stopping:
            return
        process.kill()
        self._replace(process)

    def _give_up(self) -> None:
        self._never_started = True
        for sent in self._sent:
            sent.waiting.put((None, _NEVER_STARTED))

    def _replace(self, process: "subprocess.Popen[bytes]") -> None:
        """Start a new process for the tasks that are left.

        The task at hand when the process ended is blamed, and answered for: at once if it took too
        long; after a crash only if it happens again, since something else may have ended it.
        """
        code = process.wait()
        blamed = None
        with self._lock:
            self._process = None
            if not self._sent:
                return
            first = self._sent[0]
            timed_out = time.monotonic() >= self._deadline
            first.crashes += 1
            if timed_out or first.crashes > 1:
                blamed = self._sent.popleft()
            if self._sent:
                try:
                    self._process = self._start()
                except MonoprintError:
                    self._give_up()
                    return
                self._beats = 0
                self._deadline = time.monotonic() + self._seconds
                for sent in self._sent:
                    _write(self._process, sent.line)
        if blamed is not None:
            if timed_out:
                reason = f"time limit: no answer within {self._seconds:g} seconds"
            else:
                reason = f"decoder crashed: {_ending(code)}"
            blamed.waiting.put((blamed.tag, {"status": "refused", "reason": reason}))

    def _watch(self, process: "subprocess.Popen[bytes]") -> None:
        while process.poll() is None and not self._stopping:
            with self._lock:
                late = bool(self._sent) and time.monotonic() >= self._deadline
            if late:
                process.kill()
                return
            time.sleep(_WATCH_EVERY)


def _write(process: "subprocess.Popen[bytes]", line: bytes) -> None:
    assert process.stdin is not None  # noqa: S101
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except OSError:
        pass  # the process has died; its listener sends the line again to the next one


def _ending(code: int) -> str:
    if code < 0:
        try:
            return f"signal {signal.Signals(-code).name}"
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"
