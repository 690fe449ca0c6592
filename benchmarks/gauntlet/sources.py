"""Where the gauntlet's pictures come from: drawn ones, and collections on disk.

Each source falls into one of two halves by the hash of its name, so that figures can be reported
on pictures that nothing was tuned on. Members of a family always fall into the same half.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from benchmarks.gauntlet.drawings import KINDS
from benchmarks.gauntlet.families import FAMILIES, changed_share
from benchmarks.gauntlet.lettering import Rng

SPLITS = ("tune", "test")
LONGEST = 2000  # pictures from disk are scaled down to this long a side, to keep the run short
FLAGS = 80
LANGUAGES = 6
COMPARED = 200  # the sides, in pixels, at which members of a family on disk are compared
TOLD_APART = 0.004  # the share of pixels that must differ for them to be two pictures


def generator(*key: object) -> Rng:
    """Return a random generator of its own for every key."""
    digest = hashlib.sha256("/".join(str(part) for part in key).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def split_of(name: str) -> str:
    return SPLITS[hashlib.sha256(name.encode()).digest()[0] % 2]


@dataclass(frozen=True, slots=True)
class Source:
    """A picture that others are made from.

    No two sources of one `family` are copies. `delicate` ones differ from their kin in so little
    that a crop or an overlay can hide it: only copies that keep everything are made from them.
    Only a `photograph` stays itself when it is mirrored.
    """

    name: str
    family: str = ""
    photograph: bool = False
    delicate: bool = False

    def picture(self) -> Image.Image:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Drawn(Source):
    """A picture of one of the drawn kinds."""

    kind: int = 0
    key: str = ""

    def picture(self) -> Image.Image:
        return KINDS[self.kind].draw(generator(self.key, self.name))


@dataclass(frozen=True, slots=True)
class Member(Source):
    """A member of a drawn family."""

    kind: str = ""
    key: str = ""
    index: int = 0

    def picture(self) -> Image.Image:
        return _members(self.kind, self.key, self.family)[self.index]


@lru_cache(maxsize=2)
def _members(kind: str, key: str, family: str) -> list[Image.Image]:
    return FAMILIES[kind].draw(generator(key, family))


@dataclass(frozen=True, slots=True)
class Stored(Source):
    """A picture on disk."""

    path: Path = Path()

    def picture(self) -> Image.Image:
        return opened(self.path)


def opened(path: Path) -> Image.Image:
    """Return a picture as it is shown upright on white, scaled down where it is very large."""
    with Image.open(path) as file:
        upright = ImageOps.exif_transpose(file)
        if upright.has_transparency_data:
            shown = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown)
        picture = upright.convert("RGB")
    picture.thumbnail((LONGEST, LONGEST))
    return picture


def drawn(key: str, split: str) -> Iterator[Drawn]:
    """Give drawn sources of one half without end."""
    for number in count():
        index = number % len(KINDS)
        kind = KINDS[index]
        name = f"drawn/{kind.name}-{number:05}"
        if split_of(name) == split:
            yield Drawn(name, photograph=kind.photograph, kind=index, key=key)


def drawn_families(key: str, split: str, each: int) -> Iterator[Member]:
    """Give the members of so many families of each kind."""
    for kind, drawn in FAMILIES.items():
        names = (f"family/{kind}-{number:04}" for number in count())
        for family in islice((name for name in names if split_of(name) == split), each):
            for index in range(drawn.members):
                yield Member(
                    f"{family}/{index}", family, delicate=True, kind=kind, key=key, index=index
                )


def stored(shared: Path, split: str) -> list[Stored]:
    """Return the photographs and wallpapers of the collections, one file for each picture."""
    found = [*_houses(shared), *_wallpapers(shared), *_samples(shared)]
    half = [source for source in found if split_of(source.family or source.name) == split]
    return [source for source in half if _decodes(source.path)]


def _decodes(path: Path) -> bool:
    """Say whether a picture can be shown: some of the collections' files are broken on purpose."""
    try:
        opened(path)
    except OSError:
        return False
    return True


def _houses(shared: Path) -> Iterator[Stored]:
    """Give the rooms of houses; one that is known to have two numbers comes once."""
    with (shared / "truth" / "houses.csv").open(encoding="utf-8", newline="") as file:
        again = {row["b"] for row in csv.DictReader(file)}
    twice = {Path(path).name.split("_")[0] for path in again}
    for path in sorted((shared / "houses").rglob("*.jpg")):
        number = path.name.split("_")[0]
        if number not in twice and path.relative_to(shared).as_posix() not in again:
            yield Stored(f"houses/{path.stem}", f"house/{number}", photograph=True, path=path)


def _wallpapers(shared: Path) -> Iterator[Stored]:
    for folder in sorted((shared / "kde-wallpapers").iterdir()):
        largest = max(
            sorted(folder.rglob("*.jpg")), key=lambda path: path.stat().st_size, default=None
        )
        if largest:
            yield Stored(f"kde-wallpapers/{folder.name}", photograph=True, path=largest)
    first = {path.stem.split("__v")[0]: path
             for path in sorted((shared / "elementary").rglob("*.jpg"), reverse=True)}  # fmt: skip
    for name, path in sorted(first.items()):
        yield Stored(f"elementary/{name}", photograph=True, path=path)


def _samples(shared: Path) -> Iterator[Stored]:
    base = sorted((shared / "imagededup").rglob("base_images/*.jpg"))
    for name, path in sorted({path.stem.split("__v")[0]: path for path in base}.items()):
        yield Stored(f"imagededup/{name}", photograph=True, path=path)
    for name in (
        "fox.jpg",
        "kimono.jpg",
        "plum-blossom-large.png",
        "red-at-12-oclock-with-color-profile.jpg",
    ):
        yield Stored(f"avif-samples/{name}", photograph=True, path=shared / "avif-samples" / name)
    for name in ("flower.jpg", "hopper.ppm", "ultrahdr.jpg", "rgb.jpg"):
        path = shared / "pillow" / "Tests" / "images" / name
        yield Stored(f"pillow/{name}", photograph=True, path=path)


def stored_families(shared: Path, key: str, split: str) -> Iterator[Stored]:
    """Give pages of one hand, flags, and screens in several languages."""
    for path in sorted((shared / "cremma-poilus").rglob("*.jpg")):
        if split_of(path.stem) == split:
            yield Stored(f"cremma-poilus/{path.stem}", "poilus", delicate=True, path=path)
    rng = generator(key, "flags")
    folders = sorted((shared / "country-flags").glob("png*px"))
    codes = sorted(path.stem for path in folders[0].glob("*.png") if split_of(path.stem) == split)
    drawn = sorted(rng.choice(codes, min(FLAGS, len(codes)), replace=False).tolist())
    largest = [max(folders, key=_pixels) / f"{code}.png" for code in drawn]
    for flag in _told_apart(largest):
        path = folders[rng.integers(len(folders))] / flag.name
        yield Stored(f"flags/{path.parent.name}-{path.stem}", "flags", delicate=True, path=path)
    screens = defaultdict(list)
    for path in sorted((shared / "nextcloud-screenshots").rglob("phoneScreenshots/*.png")):
        screens[path.name[:2]].append(path)
    for number in ("01", "05", "06"):
        paths = screens[number][SPLITS.index(split) :: len(SPLITS)][:LANGUAGES]
        family = f"screens/{number}"
        for path in _told_apart(paths):
            yield Stored(f"{family}/{path.parents[2].name}", family, delicate=True, path=path)


def _pixels(folder: Path) -> int:
    """Return the size that a folder of flags is named by, as in ``png250px``."""
    return int("".join(filter(str.isdigit, folder.name)))


def _told_apart(paths: Iterable[Path]) -> Iterator[Path]:
    """Give the pictures, leaving out any that looks like an earlier one.

    Some flags are the same or one another's mirror image, and some screens were not translated.
    """
    seen: list[Image.Image] = []
    for path in paths:
        shown = opened(path).resize((COMPARED, COMPARED))
        forms = (shown, ImageOps.mirror(shown), ImageOps.flip(shown),
                 ImageOps.flip(ImageOps.mirror(shown)))  # fmt: skip
        if all(changed_share(old, form) > TOLD_APART for old in seen for form in forms):
            seen.append(shown)
            yield path
