"""The child process that reads and decodes files: one JSON task a line in, one answer a line out.

It is the only process that touches hostile bytes. Answers are JSON because the parent must not
have to trust a child whose decoder may have been taken over.
"""

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monoprint.errors import MonoprintError, TooLarge, Unread, Unreadable
from monoprint.fingerprints import bytes as whole_bytes
from monoprint.fingerprints import local, pdq, pixels
from monoprint.imaging import attributes, generations, limits, metadata, normalize
from monoprint.imaging.decode import Opened, guarded, open_picture
from monoprint.model import sidecar
from monoprint.model.asset import Status
from monoprint.model.fingerprint import LocalCode, PdqCode
from monoprint.sources.ahead import ReadAhead
from monoprint.sources.interface import Content, Source, Vouching
from monoprint.sources.location import parse
from monoprint.sources.nested import Members, Nested
from monoprint.sources.opening import locate, open_source


@lru_cache
def _opened(location: str, follow_symlinks: bool) -> tuple[Nested, ReadAhead | None, Source]:
    """Return what reads a store, what reads it ahead if it is over a network, and its source."""
    source = open_source(location, follow_symlinks=follow_symlinks, max_bytes=limits.MAX_FILE_BYTES)
    if parse(location).is_local:
        return Nested(source), None, source
    ahead = ReadAhead(source, _beat)
    return Nested(ahead), ahead, source


_opening = threading.Lock()


def _source(location: str, follow_symlinks: bool) -> Nested:
    with _opening:
        return _opened(location, follow_symlinks)[0]


def open_ahead(task: dict[str, Any]) -> dict[str, Any]:
    """Open a store as a person named it, so that its first task need not wait for that."""
    with suppress(MonoprintError):  # which the first task will meet
        _source(str(locate(task["location"])), task["follow_symlinks"])
    return {}


def _begin(task: dict[str, Any]) -> None:
    """Begin to read what a task will ask for, if it is far away and is no member of another."""
    path = task.get("path", "")
    if not path or parse(task["location"]).is_local or _SIGNS & set(path):
        return
    with _opening, suppress(MonoprintError):  # which the task itself will meet
        _, ahead, _ = _opened(task["location"], task["follow_symlinks"])
        if ahead is not None:
            ahead.begin(path, task.get("bytes", 0))


def _beat() -> None:
    """Tell the parent that a store is waited for."""
    sys.stdout.buffer.write(BEAT)
    sys.stdout.buffer.flush()


def read(task: dict[str, Any]) -> dict[str, Any]:
    """Hash, decode and fingerprint one file; the answer's keys are those of `Reading`."""
    path = task["path"]
    answer: dict[str, Any] = {}
    source = _source(task["location"], task["follow_symlinks"])
    try:
        try:
            content = source.read(path)
        except TooLarge:
            return _large_container(source, task)
        answer |= {
            "bytes": len(content.data),
            "modified_ns": content.modified_ns,
            "sha256": whole_bytes.fingerprint(content.data).hex(),
            "derived": content.derived,
            "attributes": content.attributes,
        }
        claim = _claim(content, task)
        if claim != f"sha-256:{answer['sha256']}":  # which need not be computed again
            answer["flaws"] = _flaws([content.data], claim)
        with guarded():
            container = source.members(path, content)
            if container is not None:
                return answer | _container(container)
            if sidecar.is_sidecar(path, content.data):
                return answer | _sidecar(content.data)
            opened = open_picture(content.data, path)
            # What came with the bytes goes before what they say.
            told = dict(attributes.attributes(opened)) | dict(content.attributes)
            answer["attributes"] = sorted(told.items())
            answer |= _fingerprinted(opened, iscc=task["iscc"], with_local=task["local"])
    except Unread as error:
        return answer | {"status": error.status, "reason": str(error)}
    return answer


def _claim(content: Content, task: dict[str, Any]) -> str:
    """Return the checksum that bytes are held against: as told with them, or listed; "" for none.

    The listed one is of an entry that is as it was listed.
    """
    if content.derived:
        return ""
    if content.checksum is not None:
        return content.checksum
    return str(task["checksum"]) if content.modified_ns == task["modified_ns"] else ""


def _flaws(content: Iterable[bytes], claim: str) -> list[list[str]]:
    """Say how content differs from what its store claims of it, if it claims anything."""
    flaw = whole_bytes.flaw(content, claim)
    return [] if flaw is None else [[flaw.what, flaw.told, flaw.expected, flaw.found]]


def _large_container(source: Nested, task: dict[str, Any]) -> dict[str, Any]:
    """Look into a container that is too large to be held. Raises TooLarge for another file."""
    path = task["path"]
    with guarded():
        container = source.members(path, None)
        if container is None:
            source.read(path)  # says which limit it passes
            raise Unreadable("changed while it was read")
        with source.open(path) as file:
            digest, size = whole_bytes.of_file(file)
        with source.open(path) as file:
            flaws = _flaws(whole_bytes.parts(file), task["checksum"])
        held = {} if flaws and not _stands_by_checksum(task) else {"flaws": flaws}
    return {"bytes": size, "sha256": digest.hex()} | held | _container(container)


def _stands_by_checksum(task: dict[str, Any]) -> bool:
    """Say whether a store vouches for the checksum that it listed, which it may say when asked."""
    source = _opened(task["location"], task["follow_symlinks"])[2]
    if not isinstance(source, Vouching) or not source.is_asked:
        return True
    return task["checksum"] in source.checksums(task["path"], task["checksum"])


def _container(found: Members) -> dict[str, Any]:
    members = found.listed
    entries = "1 entry" if len(members) == 1 else f"{len(members):,} entries"
    return {
        "status": Status.CONTAINER,
        "reason": f"{found.format}: {entries}, each told of by itself",
        "note": found.note,
        "format": found.format,
        "frames": len(members),
        "members": [[m.path, m.bytes, m.modified_ns, m.barred, m.status] for m in members],
    }


def _sidecar(data: bytes) -> dict[str, Any]:
    """Say what a sidecar tells of the picture beside it."""
    return {
        "status": Status.UNSUPPORTED,
        "reason": "sidecar: what it tells is told of the picture beside it",
        "format": sidecar.FORMAT,
        "attributes": attributes.sidecar_attributes(data),
    }


def _fingerprinted(opened: Opened, *, iscc: bool, with_local: bool) -> dict[str, Any]:
    width, height = normalize.oriented_size(opened.image)
    frames = normalize.recipe_frames(opened)
    number, first = next(frames)
    sketch = pixels.sketch(opened, first)
    features: list[LocalCode] = []
    pages: set[int] = set()
    shown = chain([(number, first)], frames)
    codes = pdq.fingerprint(_described(shown, features, pages) if with_local else shown)
    code = None
    if iscc:
        from monoprint.fingerprints import iscc as iscc_image

        code = iscc_image.fingerprint(open_picture(opened.data, ""))
    return {
        "status": "ok",
        "note": "; ".join(opened.notes),
        "format": opened.format,
        "width": width,
        "height": height,
        "frames": opened.frames,
        "sketch": None if sketch is None else sketch.hex(),
        "iscc": code,
        "codes": [[c.frame, c.code.hex(), c.turned.hex(), c.quality] for c in codes],
        "features": [
            [f.frame, f.width, f.height, f.keypoints.hex(), f.layout.hex()]
            for f in _looked_into(opened, features, pages, codes)
        ]
        if with_local
        else None,
    }


def _described(
    frames: Iterator[tuple[int, NDArray[np.uint8]]], features: list[LocalCode], pages: set[int]
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Pass frames on, collect the local features of the first of them, and which are pages."""
    for frame, shown in frames:
        if len(features) < local.MAX_FRAMES:
            made = local.fingerprint(frame, shown)
            features.append(made)
            if local.is_page(made, shown):
                pages.add(frame)
        yield frame, shown


def _looked_into(
    opened: Opened, features: list[LocalCode], pages: set[int], codes: list[PdqCode]
) -> Iterator[LocalCode]:
    """Give plain frames their layout, other pages their print: they are decoded again for that."""
    quality = {code.frame: code.quality for code in codes}
    found = {made.frame: made for made in features}
    plain = {
        frame for frame, made in found.items()
        if local.is_plain(made, quality.get(frame, 100))
    }  # fmt: skip
    wanted = plain | pages
    if wanted:
        again = open_picture(opened.data, "")
        for frame, image in again.each_frame():
            if frame in plain:
                layout = local.layout(normalize.colour_pixels(again, image))
                found[frame] = replace(found[frame], layout=layout)
            elif frame in pages:
                finer = normalize.recipe_pixels(again, image, normalize.PAGE_SIDE)
                found[frame] = local.with_print(found[frame], finer)
            if frame == max(wanted):
                break
    yield from found.values()


def identify(task: dict[str, Any]) -> dict[str, Any]:
    """Decode a file in full and return its pixel identity, or why there is none."""
    try:
        with guarded():
            opened = _reopen(task)
            return {"pixels": pixels.identity(opened).hex()}
    except Unread as error:
        return {"reason": str(error)}


def thumbnail(task: dict[str, Any]) -> dict[str, Any]:
    """Return a small JPEG of a file's first frame in hexadecimal, or why there is none."""
    try:
        with guarded():
            opened = _reopen(task)
            return {"jpeg": normalize.thumbnail(opened, task["side"]).hex()}
    except Unread as error:
        return {"reason": str(error)}


def verify(task: dict[str, Any]) -> dict[str, Any]:
    """Say how two files match; see `monoprint.pipeline.comparing.verify`."""
    from monoprint.pipeline import comparing  # OpenCV and the verifier: for those who compare

    return comparing.verify(task, _reopen)


def evidence(task: dict[str, Any]) -> dict[str, Any]:
    """Say how two files match, and draw it; see `monoprint.pipeline.comparing.draw`."""
    from monoprint.pipeline import comparing

    return comparing.draw(task, _reopen)


def lay(task: dict[str, Any]) -> dict[str, Any]:
    """Lay one file's picture on another's; see `monoprint.pipeline.comparing.lay`."""
    from monoprint.pipeline import comparing

    return comparing.lay(task, _reopen)


def facts(task: dict[str, Any]) -> dict[str, Any]:
    """Return what a file tells of itself beside its picture, or why that cannot be had."""
    try:
        with guarded():
            opened = _reopen(task)
            found = metadata.facts(opened)
            earlier = generations.earlier_quality(opened)
            if earlier is not None:
                found["encoding.earlier_quality"] = earlier
            return {"facts": found}
    except Unread as error:
        return {"reason": str(error)}


def _reopen(task: dict[str, Any]) -> Opened:
    """Open a file that must have the content of a SHA-256 in hexadecimal, or any ("")."""
    content = _source(task["location"], task["follow_symlinks"]).read(task["path"])
    if task["sha256"] and whole_bytes.fingerprint(content.data).hex() != task["sha256"]:
        raise Unread("changed since it was scanned")
    return open_picture(content.data, task["path"])


# The first line of a worker that could start; without it the program itself is broken, and no
# file is to blame.
READY = b"ready"

# A line in place of an answer: the worker lives, and waits for a store over a network.
BEAT = b"\n"

_PIECE = 1 << 16

# What begins a member's place in a path (sources/nested.py).
_SIGNS = frozenset("!#")

_TASKS = {
    "open": open_ahead,
    "read": read,
    "pixels": identify,
    "thumbnail": thumbnail,
    "verify": verify,
    "evidence": evidence,
    "lay": lay,
    "facts": facts,
}


def _end_with_parent() -> None:
    """Have the system end this process with its parent, even while a decoder hangs (Linux)."""
    if sys.platform == "linux":
        import ctypes

        pr_set_pdeathsig = 1  # linux/prctl.h
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _bound_memory() -> None:
    """Have the system refuse memory beyond the limit; where it cannot, Pillow's checks remain."""
    if sys.platform != "linux":
        return
    import ctypes
    import resource

    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    # Each thread's own heap would set 64 MB of the bound apart (M_ARENA_MAX, malloc.h).
    ctypes.CDLL(None).mallopt(-8, 2)
    bound = now + limits.MAX_WORKER_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _coming() -> Iterator[dict[str, Any]]:
    """Yield the tasks that come; those that wait behind one are begun meanwhile."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def take() -> None:
        # Without a buffer of Python's, whose lock would keep the process from ending.
        rest = b""
        while piece := os.read(sys.stdin.fileno(), _PIECE):
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                _begin(json.loads(line))
                lines.put(line)
        lines.put(b"")

    threading.Thread(target=take, daemon=True).start()
    while line := lines.get():
        yield json.loads(line)


def main() -> None:
    """Answer tasks until the input ends. An interrupt is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    _bound_memory()
    sys.stdout.buffer.write(READY + b"\n")
    sys.stdout.buffer.flush()
    for task in _coming():
        answer = _TASKS[task["do"]](task)
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
