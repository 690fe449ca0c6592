"""Write the gauntlet's pictures with the truth about them.

    python -m benchmarks.gauntlet.generate OUT [--seed N] [--split tune|test] [--shared DIR]
        [--sources N] [--per-source K] [--families N] [--distractors N] [--fonts DIR]

OUT/pictures/    the files
OUT/truth.csv    one row a file: path, source (several with | where it shows several), family,
                 transform, strength, row of the table of targets, relations (acceptable ones with
                 |), width and height of the source, and window: the source's corners in the file,
                 clockwise from its upper left, "x,y x,y x,y x,y"; outside it where it was cropped
OUT/forbidden.csv  family, path: no two files of one family share a group unless they share a source
OUT/pairs.csv    a, b, kind (positive, forbidden, unrelated), transform, strength, row, relations:
                 for calling a verifier without what proposes pairs
OUT/about.txt    how it was generated

Without --shared everything is drawn. One seed gives the same bytes each time for one version of
Pillow and NumPy on one kind of machine, and the same --fonts.
"""

import argparse
import io
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import combinations, islice
from pathlib import Path

from PIL import ExifTags, Image, ImageChops

from benchmarks.gauntlet import lettering
from benchmarks.gauntlet.lettering import Rng
from benchmarks.gauntlet.sources import (
    SPLITS,
    Source,
    drawn,
    drawn_families,
    generator,
    stored,
    stored_families,
)  # fmt: skip
from benchmarks.gauntlet.transforms import (
    REGISTRY,
    STRENGTHS,
    Row,
    Transform,
    any_encoding,
    hosted,
    relations_of,
)  # fmt: skip
from benchmarks.gauntlet.truth import SOURCE, Truth, write_table, write_truth
from benchmarks.gauntlet.view import PNG, Encoding, View, jpeg

DRAWN_SHARE = 0.2  # of the sources, where a collection on disk gives the rest
DELICATE_COPIES = 2  # of each member of a family that a crop would make indistinguishable
FEWEST = 8  # sources
HOSTS = 24  # sources at most that others are pasted into
UNRELATED = 2  # pairs of strangers for each positive one
FORBIDDEN = 200  # pairs at most of one family, those of its sources first
SHRINK_ABOVE = 1000  # members of families may be stored at half size if they are longer

# What keeps every letter of a page; stronger strengths of these do not.
KEEPS_LETTERS = {"identical": 3, "metadata": 1, "jpeg": 3, "png": 1, "webp": 2, "avif": 1,
                 "resize": 2, "progressive": 2, "tiff": 1}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Original:
    """A source as it is stored, and its pixels as they are read again."""

    data: bytes
    suffix: str
    picture: Image.Image


@dataclass(frozen=True, slots=True)
class Copy:
    """A file made from a source, and the view that it shows."""

    data: bytes
    suffix: str
    view: View


@dataclass(frozen=True, slots=True)
class Dealt:
    """A source and the (transform, strength) pairs it goes through."""

    source: Source
    copies: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker needs to know."""

    out: Path
    key: str
    fonts: Path | None
    hosts: tuple[Source, ...]


def encoded(picture: Image.Image, encoding: Encoding) -> bytes:
    target = io.BytesIO()
    picture.save(target, encoding.format, **dict(encoding.options))
    return target.getvalue()


@lru_cache(maxsize=HOSTS + 1)
def original(source: Source, key: str) -> Original:
    """Store a source as a program would, never losslessly if a photograph, and read it back."""
    rng = generator(key, source.name, "stored")
    picture = source.picture()
    if source.delicate and max(picture.size) > SHRINK_ABOVE and rng.random() < 0.25:
        picture = picture.resize(
            (picture.size[0] // 2, picture.size[1] // 2), Image.Resampling.LANCZOS
        )
    lossless = not source.photograph and rng.random() < 0.5
    encoding = PNG if lossless else jpeg(int(rng.integers(60 if source.delicate else 82, 96)))
    data = encoded(picture, encoding)
    return Original(data, encoding.suffix, Image.open(io.BytesIO(data)).convert("RGB"))


def retagged(data: bytes, rng: Rng) -> bytes:
    """Return a JPEG or PNG file with other metadata and the same coded pixels."""
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = lettering.words(rng, 2)
    exif[ExifTags.Base.ImageDescription] = lettering.words(rng, int(rng.integers(3, 30)))
    if data.startswith(b"\xff\xd8"):
        block = exif.tobytes()
        return data[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + data[2:]
    target = io.BytesIO()
    Image.open(io.BytesIO(data)).save(target, "PNG", exif=exif)
    return target.getvalue()


def copied(made: Transform, strength: int, source: Source, key: str) -> Copy:
    """Put a source through a transform, and save it in the transform's format or a common one."""
    rng = generator(key, source.name, made.name, strength)
    first = original(source, key)
    before = View.of(first.picture)
    if made.file:
        data = first.data if made.name == "identical" else retagged(first.data, rng)
        return Copy(data, first.suffix, before)
    after = made.make(rng, before, strength)
    encoding = after.encoding or any_encoding(rng)
    return Copy(encoded(after.picture, encoding), encoding.suffix, after)


def hosts_for(job: Job, source: Source) -> dict[str, Transform]:
    """Return the transforms that paste into others, none of which is of the source's family."""
    others = [host for host in job.hosts if host.name != source.name
              and not (host.family and host.family == source.family)]  # fmt: skip

    def draw(rng: Rng, count: int) -> list[tuple[str, Image.Image]]:
        places = rng.choice(len(others), count, replace=False)
        return [(others[place].name, original(others[place], job.key).picture) for place in places]

    return hosted(draw)


def write(job: Job, dealt: Dealt) -> list[Truth]:
    """Write a source and its copies, and return the truth about them."""
    if job.fonts:
        lettering.add_faces(job.fonts)
    source = dealt.source
    first = original(source, job.key)
    before = View.of(first.picture)
    folder = job.out / "pictures" / source.name
    folder.mkdir(parents=True, exist_ok=True)
    everything = {**REGISTRY, **hosts_for(job, source)}
    truths = []

    def put(file: str, copy: Copy, transform: str, strength: int, row: str, right: str) -> None:
        (folder / f"{file}{copy.suffix}").write_bytes(copy.data)
        path, shown = f"{source.name}/{file}{copy.suffix}", (source.name, *copy.view.extra)
        truths.append(Truth(path, "|".join(shown), source.family, transform, strength, row, right,
                            *before.size, window=corners(copy.view, before)))  # fmt: skip

    put(SOURCE, Copy(first.data, first.suffix, before), SOURCE, 0, "", "")
    for name, strength in dealt.copies:
        made = everything[name]
        copy = copied(made, strength, source, job.key)
        kept = made.row is Row.SAME and shows(copy.data, first.picture)
        right = relations_of(made, before, copy.view, kept=kept)
        put(f"{name}-{strength}", copy, name, strength, made.row, "|".join(right))
    return truths


def shows(data: bytes, picture: Image.Image) -> bool:
    """Return whether a file has exactly the pixels of a picture."""
    stored = Image.open(io.BytesIO(data)).convert("RGB")
    return stored.size == picture.size and not ImageChops.difference(stored, picture).getbbox()


def corners(view: View, source: View) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in view.corners(source.size))


def deal(sources: Sequence[Source], each: int, rng: Rng) -> Iterator[Dealt]:
    """Deal transforms from one shuffled deck after the other, so that all come up equally often."""
    whole = [
        (name, strength) for name in [*REGISTRY, *hosted(_none)] for strength in range(STRENGTHS)
    ]
    mirrors = {name for name, made in REGISTRY.items() if made.mirrors}
    deck: list[tuple[str, int]] = []
    for source in sources:
        hand: list[tuple[str, int]] = []
        aside: list[tuple[str, int]] = []
        while len(hand) < min(each, len(whole) - STRENGTHS * len(mirrors)):
            if not deck:
                deck = [whole[place] for place in rng.permutation(len(whole))]
            card = deck.pop()
            fits = card not in hand and (source.photograph or card[0] not in mirrors)
            (hand if fits else aside).append(card)
        deck += aside
        yield Dealt(source, tuple(hand))


def _none(_: Rng, __: int) -> list[tuple[str, Image.Image]]:
    raise LookupError("no hosts are known yet")


def deal_delicate(sources: Iterable[Source], rng: Rng) -> Iterator[Dealt]:
    whole = [(name, strength) for name, most in KEEPS_LETTERS.items() for strength in range(most)]
    for source in sources:
        places = rng.permutation(len(whole))[:DELICATE_COPIES]
        yield Dealt(source, tuple(whole[place] for place in places))


def chosen(
    options: argparse.Namespace, key: str
) -> tuple[list[Source], list[Source], list[Source]]:
    """Return the sources to copy, the delicate ones, and distractors that nothing is made of."""
    pool: list[Source] = []
    families: list[Source] = list(drawn_families(key, options.split, options.families))
    more = options.sources
    if options.shared:
        found = stored(options.shared, options.split)
        order = generator(key, "choice").permutation(len(found))
        pool = [found[place] for place in order]
        families += stored_families(options.shared, key, options.split)
        more = max(options.sources - len(pool), round(options.sources * DRAWN_SHARE))
    new = drawn(key, options.split)
    sources = [*pool[: options.sources - more], *islice(new, more)]
    rest = pool[options.sources - more :]
    distractors = [
        *rest[: options.distractors],
        *islice(new, max(options.distractors - len(rest), 0)),
    ]
    return sources, families, distractors


def pairs(truths: Sequence[Truth], rng: Rng) -> Iterator[tuple[str, ...]]:
    """Give the rows of pairs.csv: sources with their copies, kin, and strangers."""
    first = {truth.source: truth.path for truth in truths if truth.is_source}
    positive = 0
    for truth in truths:
        if truth.is_source:
            continue
        positive += 1
        yield (
            first[truth.main],
            truth.path,
            "positive",
            truth.transform,
            str(truth.strength),
            truth.row,
            truth.relations,
        )
    for a, b in forbidden_pairs(truths, rng):
        yield a.path, b.path, "forbidden", a.family, "", "", ""
    left = UNRELATED * positive
    while left:
        a, b = (truths[place] for place in rng.integers(len(truths), size=2))
        if a.sources & b.sources or (a.family and a.family == b.family):
            continue
        left -= 1
        yield a.path, b.path, "unrelated", f"{a.transform}/{b.transform}", "", "", ""


def forbidden_pairs(truths: Iterable[Truth], rng: Rng) -> Iterator[tuple[Truth, Truth]]:
    """Give pairs of one family that show different sources."""
    families = defaultdict(list)
    for truth in truths:
        if truth.family:
            families[truth.family].append(truth)
    for kin in families.values():
        found = [(a, b) for a, b in combinations(kin, 2) if not a.sources & b.sources]
        mixed = [found[place] for place in rng.permutation(len(found))]
        mixed.sort(key=lambda pair: not (pair[0].is_source and pair[1].is_source))
        yield from mixed[:FORBIDDEN]


def generate(options: argparse.Namespace) -> list[Truth]:
    """Write everything and return the truth."""
    key = f"{options.seed}/{options.split}"
    if options.fonts:
        lettering.add_faces(options.fonts)
    sources, delicate, distractors = chosen(options, key)
    rng = generator(key, "deal")
    dealt = [*deal(sources, options.per_source, rng), *deal_delicate(delicate, rng),
             *(Dealt(source) for source in distractors)]  # fmt: skip
    hosts = tuple(sorted(sources, key=lambda source: not source.photograph)[:HOSTS])
    job = Job(options.out, key, options.fonts, hosts)
    (options.out / "pictures").mkdir(parents=True, exist_ok=False)
    with ProcessPoolExecutor(options.processes) as workers:
        truths = [
            truth for rows in workers.map(partial(write, job), dealt, chunksize=4) for truth in rows
        ]
    write_truth(options.out, truths)
    write_table(options.out / "forbidden.csv", ("family", "path"),
                ((t.family, t.path) for t in truths if t.family))  # fmt: skip
    write_table(options.out / "pairs.csv",
                ("a", "b", "kind", "transform", "strength", "row", "relations"),
                pairs(truths, generator(key, "pairs")))  # fmt: skip
    return truths


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--split", choices=SPLITS, default="tune")
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--sources", type=int, default=40)
    parser.add_argument("--per-source", type=int, default=20)
    parser.add_argument("--families", type=int, default=2, help="drawn, of each kind")
    parser.add_argument("--distractors", type=int, default=0)
    parser.add_argument("--fonts", type=Path)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    return parser


def main() -> None:
    asked = parser()
    options = asked.parse_args()
    if options.sources < FEWEST:
        asked.error(f"--sources must be {FEWEST} or more: a collage needs other pictures")
    truths = generate(options)
    rows = Counter(truth.row or "sources" for truth in truths)
    about = (
        f"Seed {options.seed}, split `{options.split}`: {len(truths):,} files. "
        f"{options.sources} sources with {options.per_source} copies of each, "
        f"{options.families} drawn families of each kind of look-alikes, "
        f"{options.distractors:,} further pictures; "
        + ("photographs, flags and screens from disk beside drawn ones."
           if options.shared else "all of them drawn.")
    )  # fmt: skip
    (options.out / "about.txt").write_text(about + "\n", encoding="utf-8")
    print(about)
    for row in ("sources", *Row):
        print(f"{rows[row]:7,}  {row}")


if __name__ == "__main__":
    main()
