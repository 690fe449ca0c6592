"""The child process that reads and decodes files: one JSON task a line in, one answer a line out.

It is the only process that touches hostile bytes. Answers are JSON because the parent must not
have to trust a child whose decoder may have been taken over.
"""

import json
import signal
import sys
from functools import lru_cache
from itertools import chain
from typing import Any

from monoprint.errors import Unread
from monoprint.fingerprints import bytes as whole_bytes
from monoprint.fingerprints import pdq, pixels
from monoprint.imaging import limits, metadata, normalize
from monoprint.imaging.decode import Opened, guarded, open_picture
from monoprint.sources.interface import Source
from monoprint.sources.opening import open_source


@lru_cache
def _source(location: str, follow_symlinks: bool) -> Source:
    return open_source(location, follow_symlinks=follow_symlinks, max_bytes=limits.MAX_FILE_BYTES)


def read(task: dict[str, Any]) -> dict[str, Any]:
    """Hash, decode and fingerprint one file; the answer's keys are those of `Reading`."""
    path = task["path"]
    answer: dict[str, Any] = {}
    try:
        content = _source(task["location"], task["follow_symlinks"]).read(path)
        answer |= {
            "bytes": len(content.data),
            "modified_ns": content.modified_ns,
            "sha256": whole_bytes.fingerprint(content.data).hex(),
        }
        with guarded():
            answer |= _fingerprinted(open_picture(content.data, path), iscc=task["iscc"])
    except Unread as error:
        return answer | {"status": error.status, "reason": str(error)}
    return answer


def _fingerprinted(opened: Opened, *, iscc: bool) -> dict[str, Any]:
    width, height = normalize.oriented_size(opened.image)
    frames = normalize.recipe_frames(opened)
    number, first = next(frames)
    sketch = pixels.sketch(opened, first)
    codes = pdq.fingerprint(chain([(number, first)], frames))
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
    }


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


def facts(task: dict[str, Any]) -> dict[str, Any]:
    """Return what a file says of itself beyond its pixels, or why that cannot be had."""
    try:
        with guarded():
            return {"facts": metadata.facts(_reopen(task))}
    except Unread as error:
        return {"reason": str(error)}


def _reopen(task: dict[str, Any]) -> Opened:
    content = _source(task["location"], task["follow_symlinks"]).read(task["path"])
    if whole_bytes.fingerprint(content.data).hex() != task["sha256"]:
        raise Unread("changed since it was scanned")
    return open_picture(content.data, task["path"])


# The first line of a worker that could start; without it the program itself is broken, and no
# file is to blame.
READY = b"ready"

_TASKS = {"read": read, "pixels": identify, "thumbnail": thumbnail, "facts": facts}


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
    import resource

    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    bound = now + limits.MAX_WORKER_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Answer tasks until the input ends. An interrupt is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    _bound_memory()
    sys.stdout.buffer.write(READY + b"\n")
    sys.stdout.buffer.flush()
    for line in sys.stdin.buffer:
        task = json.loads(line)
        answer = _TASKS[task["do"]](task)
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
