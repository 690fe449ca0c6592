"""Auditing: from the catalog's columns to findings and a report."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monoprint.catalog.store import Catalog, Codes, Pictures
from monoprint.errors import ReportError, UsageError
from monoprint.findings.attributes import differing
from monoprint.findings.cluster import Cell, Cluster
from monoprint.findings.groups import add_waste, summed, write_out
from monoprint.findings.matrix import matrix, shared_stores
from monoprint.findings.places import in_words
from monoprint.imaging.limits import MAX_FILE_BYTES
from monoprint.matching import candidates, contents
from monoprint.matching.candidates import Edges
from monoprint.matching.contents import PIXEL_REACH, Contents
from monoprint.matching.grouping import Star, stars
from monoprint.matching.relation import turned
from monoprint.matching.rounds import Family
from monoprint.model.asset import Store
from monoprint.model.finding import (
    Audit,
    Definition,
    FormatTotals,
    Group,
    Level,
    Member,
    Notice,
    StoreTotals,
    Totals,
    Warned,
)
from monoprint.model.match import TURNS, Change, Relation
from monoprint.pipeline import deep
from monoprint.pipeline.deep import Shown, Sighted
from monoprint.pipeline.evidence import illustrate
from monoprint.pipeline.interrupts import held
from monoprint.pipeline.progress import Progress
from monoprint.pipeline.workers import Workers
from monoprint.report import FORMATS
from monoprint.report.interface import ReportInput
from monoprint.sources.location import parse
from monoprint.sources.opening import open_source

# Identities of pixels that are written to the catalog at a time.
_PIXELS_BATCH: Final = 100

# Pictures of a group that get a thumbnail: more are not looked at before the group is opened up
# in its store, and a crowd of a hundred thousand must not cost a hundred thousand decodes.
_THUMBNAILS_PER_GROUP: Final = 12
_THUMBNAIL_SIDE: Final = 256
_THUMBNAIL_NAME: Final = re.compile(r"[0-9a-f]{64}\.jpg(?:\.part)?")


@dataclass(frozen=True, slots=True)
class Columns:
    """What matching works on: readable files, and the codes of each content's first file.

    `content` (K,) is the content of each code row; `code`, `frame` and `quality` are its columns.
    """

    pictures: Pictures
    contents: Contents
    codes: Codes
    rows: NDArray[np.int64]
    content: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Asked:
    """The attributes that an audit is asked about.

    Of `differing` the groups are gathered whose files differ in it; of `matrix` it is counted
    which of its values share pictures.
    """

    differing: tuple[str, ...] = ()
    matrix: tuple[str, ...] = ()


def find(
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    definition: Definition,
    follow_symlinks: bool,
    workers: Workers,
    progress: Progress,
    asked: Asked = Asked(),
) -> Audit:
    """Find the copies among the stores' files as the catalog has them.

    The same catalog content and definition give the same audit, whatever the order of scanning.
    Raises UsageError for an attribute that no file has.
    """
    store_ids = [store_id for store_id, _ in stores]
    _refuse_unknown(catalog, store_ids, asked)
    named = [(store_id, store.name) for store_id, store in stores]
    columns = _load(catalog, store_ids)
    edges, node = _propose(catalog, store_ids, columns, definition, progress)
    picture, failed = _identify(
        catalog, stores, columns, node, edges, follow_symlinks, workers, progress
    )
    files = _Files.of(columns.pictures, picture[columns.contents.of_file])
    sighted = None
    if definition.level is Level.DEEP:
        sighted = _look(
            catalog, stores, columns, picture, node, edges, definition, files,
            follow_symlinks, workers, progress,
        )  # fmt: skip
        failed |= {int(files.first[p]): why for p, why in sighted.unseen.items()}
        clusters = _verified(sighted, files, columns)
    else:
        clusters = _clusters(columns, picture, node, edges, definition, files)
    groups = _groups(catalog, stores, columns.pictures, clusters, asked)
    store_totals = _store_totals(catalog, stores, groups)
    return Audit(
        definition=definition,
        totals=summed(each.totals for each in store_totals),
        stores=store_totals,
        formats=_format_totals(columns.pictures, groups),
        shared=shared_stores(groups, [store.name for _, store in stores]),
        groups=groups,
        warnings=() if sighted is None else _warned(catalog, named, columns, files, sighted),
        fixity=catalog.fixity(named),
        problems=catalog.problems(named),
        notices=_notices(catalog, named, columns, definition, failed, store_totals),
        differing=differing(groups, asked.differing),
        matrices=tuple(matrix(groups, name) for name in asked.matrix),
    )


def _refuse_unknown(catalog: Catalog, store_ids: Sequence[int], asked: Asked) -> None:
    """Raise UsageError for an attribute that no file has: a slip must not pass for good news."""
    wanted = [*asked.differing, *asked.matrix]
    there = catalog.attribute_names(store_ids) if wanted else set()
    for name in wanted:
        if name not in there:
            known = ", ".join(sorted(there)) or "none"
            raise UsageError(f"no file has the attribute {name}", advice=f"There are: {known}.")


def _load(catalog: Catalog, store_ids: Sequence[int]) -> Columns:
    pictures = catalog.pictures(store_ids)
    codes = catalog.codes(store_ids)
    held = contents.by_bytes(pictures)
    content = contents.of_first_files(pictures, held, codes.file_id)
    rows = np.flatnonzero(content >= 0)
    # By content, not by file id: the order of scanning must not decide a tie.
    rows = rows[np.lexsort((codes.frame[rows], content[rows]))]
    return Columns(pictures, held, codes, rows, content[rows])


def _propose(
    catalog: Catalog,
    store_ids: Sequence[int],
    columns: Columns,
    definition: Definition,
    progress: Progress,
) -> tuple[Edges, NDArray[np.int64]]:
    """Join the codes; also return the node of each code row, -1 for one too plain to compare."""
    quality = columns.codes.quality[columns.rows]
    rich = np.flatnonzero(quality >= definition.quality_floor)
    rows = columns.rows[rich]
    nodes = candidates.nodes_of(columns.codes.code[rows])
    node = np.full(len(columns.rows), -1, np.int64)
    node[rich] = nodes.of_row
    representing = rows[nodes.row]
    radius = max(definition.radius, PIXEL_REACH)
    with progress.stage("Comparing codes", 1) as advance:
        edges = candidates.propose(
            nodes,
            catalog.turned_codes(store_ids)[representing],
            radius,
            advance,
        )
    return edges, node


def _identify(
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    columns: Columns,
    node: NDArray[np.int64],
    edges: Edges,
    follow_symlinks: bool,
    workers: Workers,
    progress: Progress,
) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Return the picture of each content, decoding in full where pixels can decide something.

    Also return why the pixels of some files, by position, could not be compared.
    """
    pictures, of = columns.pictures, columns.contents
    near = (edges.distance <= PIXEL_REACH) & (edges.orientation == 0)
    first_frame = columns.codes.frame[columns.rows] == 0
    wanted = contents.to_identify(
        pictures, of, columns.content[first_frame], node[first_frame], edges.nodes[near]
    )
    identities = pictures.pixels[of.first]
    lacking = wanted[~identities[wanted].any(axis=1)]
    failed: dict[int, str] = {}
    if len(lacking):
        identities = identities.copy()
        found: list[tuple[int, bytes]] = []

        def record() -> None:
            with held():
                catalog.record_pixels(found)
                found.clear()

        with progress.stage("Comparing pixels", len(lacking)) as advance:
            tasks = _tasks("pixels", catalog, stores, pictures, of.first[lacking], follow_symlinks)
            try:
                for position, answer in workers.answers(tasks):
                    advance(1)
                    if "pixels" in answer:
                        identity = bytes.fromhex(answer["pixels"])
                        identities[of.of_file[position]] = np.frombuffer(identity, np.uint8)
                        found.append((int(pictures.ids[position]), identity))
                    else:
                        failed[position] = f"pixels not compared: {answer['reason']}"
                    if len(found) >= _PIXELS_BATCH:
                        record()
            finally:
                record()  # an interrupt keeps what has been compared
    # Only what this audit asked for decides, not what an earlier one happened to store.
    used = np.zeros(len(of), bool)
    used[wanted] = True
    identities = np.where(used[:, None], identities, np.uint8(0))
    return contents.by_pixels(of, identities), failed


def _tasks(
    kind: str,
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    pictures: Pictures,
    positions: NDArray[np.int64],
    follow_symlinks: bool,
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Make worker tasks for files by their positions."""
    paths = catalog.paths(pictures.ids[positions].tolist())
    for position in positions.tolist():
        location = stores[pictures.store[position]][1].location
        path = paths[int(pictures.ids[position])]
        sha256 = pictures.sha256[position].tobytes().hex()
        yield position, _task(kind, location, path, sha256, follow_symlinks)


def _task(
    kind: str, location: str, path: str, sha256: str, follow_symlinks: bool
) -> dict[str, Any]:
    """Make a worker's task for a file that must still have this content (hexadecimal)."""
    return {
        "do": kind,
        "location": location,
        "path": path,
        "sha256": sha256,
        "follow_symlinks": follow_symlinks,
    }


def _clusters(
    columns: Columns,
    picture: NDArray[np.int64],
    node: NDArray[np.int64],
    edges: Edges,
    definition: Definition,
    files: "_Files",
) -> list[Cluster]:
    """Gather identical files and, at the visual level, what lies within reach of them."""
    found = []
    if definition.level is Level.VISUAL:
        rich = node >= 0
        found = stars(
            node[rich],
            picture[columns.content[rich]],
            columns.codes.frame[columns.rows][rich],
            edges.within(definition.radius),
            files.ranks(columns.pictures),
        )
    starred = {
        number for star in found for number in (star.centre, *(r.picture for r in star.rays))
    }
    found += [Star(n, ()) for n in files.several() if n not in starred]
    return [_cluster(star, files, columns.pictures, columns.contents) for star in found]


def _look(
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    columns: Columns,
    picture: NDArray[np.int64],
    node: NDArray[np.int64],
    edges: Edges,
    definition: Definition,
    files: "_Files",
    follow_symlinks: bool,
    workers: Workers,
    progress: Progress,
) -> Sighted:
    """Verify what codes, local features and layouts propose."""
    pictures = columns.pictures
    shown = Shown(files.first, columns.contents.of_file[files.first], files.ranks(pictures))
    proposed = deep.propose(
        catalog,
        [store_id for store_id, _ in stores],
        columns.contents,
        columns.content,
        columns.codes.frame[columns.rows],
        columns.codes.code[columns.rows],
        node,
        edges.within(definition.radius),
        picture,
        shown,
        progress,
    )
    return deep.look(
        catalog, stores, files.first, pictures.sha256, pictures.store, pictures.ids, proposed,
        shown, follow_symlinks, workers, progress,
    )  # fmt: skip


def _verified(sighted: Sighted, files: "_Files", columns: Columns) -> list[Cluster]:
    """Gather identical files and what was verified to be a copy of them."""
    grouped = {
        number
        for family in sighted.families
        for number in (family.centre, *(ray.picture for ray in family.rays))
    }
    alone = [Family(n, ()) for n in files.several() if n not in grouped]
    return [_family(family, sighted, files, columns) for family in (*sighted.families, *alone)]


def _family(family: Family, sighted: Sighted, files: "_Files", columns: Columns) -> Cluster:
    pictures, held_by = columns.pictures, columns.contents
    cells = _own_cells(family.centre, files, held_by)
    for ray in family.rays:
        towards = family.centre if ray.via is None else ray.via
        pair = (min(towards, ray.picture), max(towards, ray.picture))
        frames = sighted.frames.get(pair, (0, 0))
        here, there = frames if pair[0] == towards else frames[::-1]
        for position in files[ray.picture]:
            paged = _pages(
                int(pictures.frames[files.first[towards]]), here,
                int(pictures.frames[position]), there,
            )  # fmt: skip
            cells.append(
                Cell(
                    position,
                    ray.picture,
                    int(held_by.of_file[position]),
                    ray.verdict.relation,
                    (*ray.verdict.changes, *paged),
                    sighted.distance.get(pair),
                    ray.verdict.certainty,
                    None if ray.via is None else int(files.first[ray.via]),
                )
            )
    return Cluster(tuple(cells))


def _warned(
    catalog: Catalog,
    named: Sequence[tuple[int, str]],
    columns: Columns,
    files: "_Files",
    sighted: Sighted,
) -> tuple[Warned, ...]:
    """Write out the warnings, ordered by the two files' names."""
    pictures = columns.pictures
    shown = sorted({int(files.first[n]) for pair in sighted.warnings for n in pair})
    paths = catalog.paths(pictures.ids[shown].tolist())
    where = {at: f"{named[pictures.store[at]][1]}:{paths[int(pictures.ids[at])]}" for at in shown}
    found = []
    for (first, second), verdict in sighted.warnings.items():
        ends = [int(files.first[first]), int(files.first[second])]
        if where[ends[0]] > where[ends[1]]:
            ends.reverse()
            verdict = turned(verdict)
        assert verdict.relation is not None  # noqa: S101 - a warning has one
        found.append(
            Warned(
                a=where[ends[0]],
                b=where[ends[1]],
                relation=verdict.relation,
                changes=verdict.changes,
                where=in_words(verdict.where),
                certainty=verdict.certainty,
                evidence="",
                a_sha256=pictures.sha256[ends[0]].tobytes().hex(),
                b_sha256=pictures.sha256[ends[1]].tobytes().hex(),
            )
        )
    return tuple(sorted(found, key=lambda w: (w.a, w.b)))


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of each picture: runs of positions, the largest file of each run first."""

    positions: NDArray[np.int64]
    start: NDArray[np.int64]

    @classmethod
    def of(cls, pictures: Pictures, picture: NDArray[np.int64]) -> "_Files":
        """Sort files by picture; the largest first, so that keeping it promises least."""
        positions = np.lexsort((np.arange(len(pictures)), -pictures.bytes, picture))
        start = np.zeros(int(picture.max(initial=-1)) + 2, np.int64)
        np.cumsum(np.bincount(picture), out=start[1:])
        return cls(positions, start)

    def __getitem__(self, picture: int) -> list[int]:
        run: list[int] = self.positions[self.start[picture] : self.start[picture + 1]].tolist()
        return run

    @property
    def first(self) -> NDArray[np.int64]:
        """The position of each picture's first file, int64 (P,)."""
        return self.positions[self.start[:-1]]

    def several(self) -> list[int]:
        """Return the pictures that more than one file holds."""
        found: list[int] = np.flatnonzero(np.diff(self.start) > 1).tolist()
        return found

    def ranks(self, pictures: Pictures) -> NDArray[np.int64]:
        """Rank pictures by how well they represent: more pixels, more bytes, earlier path."""
        first = self.first
        area = pictures.width[first].astype(np.int64) * pictures.height[first]
        order = np.lexsort((first, -pictures.bytes[first], -area))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        return rank


def _own_cells(picture: int, files: "_Files", held_by: Contents) -> list[Cell]:
    """Return the cells of a representative's own files, which hold the same pixels."""
    own = files[picture]
    content = int(held_by.of_file[own[0]])
    cells = []
    for position in own:
        same_bytes = int(held_by.of_file[position]) == content
        relation = Relation.IDENTICAL_BYTES if same_bytes else Relation.IDENTICAL_PIXELS
        first = position == own[0]
        cells.append(
            Cell(
                position,
                picture,
                int(held_by.of_file[position]),
                None if first else relation,
                (),
                None if first else 0,
                None if first else 1.0,
            )
        )
    return cells


def _cluster(star: Star, files: "_Files", pictures: Pictures, held_by: Contents) -> Cluster:
    cells = _own_cells(star.centre, files, held_by)
    frames = int(pictures.frames[files.first[star.centre]])
    for ray in star.rays:
        turn = [Change("turn", None, TURNS[ray.orientation])] if ray.orientation else []
        for position in files[ray.picture]:
            paged = _pages(frames, ray.centre_frame, int(pictures.frames[position]), ray.frame)
            cells.append(
                Cell(
                    position,
                    ray.picture,
                    int(held_by.of_file[position]),
                    Relation.SIMILAR,
                    (*turn, *paged),
                    ray.distance,
                )
            )
    return Cluster(tuple(cells))


def _pages(frames: int, frame: int, other_frames: int, other_frame: int) -> list[Change]:
    """Say which frames were compared, where a file has several."""
    told = []
    if other_frames > 1:
        told.append(f"frame {other_frame + 1} of {other_frames}")
    if frames > 1:
        told.append(f"to frame {frame + 1} of the representative's {frames}")
    return [Change("frame", None, text) for text in told]


def _groups(
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    pictures: Pictures,
    clusters: Sequence[Cluster],
    asked: Asked,
) -> tuple[Group, ...]:
    positions = [cell.position for cluster in clusters for cell in cluster.cells]
    ids = pictures.ids[positions].tolist()
    paths, holdings = catalog.paths(ids), catalog.holdings(ids)
    wanted = {*asked.differing, *asked.matrix}
    attributes = {
        row_id: tuple(pair for pair in told if pair[0] in wanted)
        for row_id, told in (catalog.attributes(ids) if wanted else {}).items()
    }
    repeated = _repeated_contents(clusters)
    near = {
        number: open_source(store.location, follow_symlinks=False, max_bytes=MAX_FILE_BYTES)
        for number, (_, store) in enumerate(stores)
        if parse(store.location).is_local
    }

    def storage(position: int) -> object:
        """Name where a file is stored: shared extents, else its own name or inode, else itself."""
        store = int(pictures.store[position])
        device, inode = int(pictures.device[position]), int(pictures.inode[position])
        if position in repeated and store in near:
            extents = near[store].storage(paths[int(pictures.ids[position])])
            if extents:
                return (device, extents)
        identity = holdings[int(pictures.ids[position])].identity
        return identity or ((device, inode) if inode else position)

    names = [store.name for _, store in stores]
    return write_out(clusters, pictures, names, paths, storage, holdings, attributes)


def _repeated_contents(clusters: Sequence[Cluster]) -> set[int]:
    """Return the positions of files that have a copy of their bytes: only they can be reflinks."""
    of_content: dict[int, list[int]] = defaultdict(list)
    for cluster in clusters:
        for cell in cluster.cells:
            of_content[cell.content].append(cell.position)
    return {p for held in of_content.values() if len(held) > 1 for p in held}


def _store_totals(
    catalog: Catalog, stores: Sequence[tuple[int, Store]], groups: Sequence[Group]
) -> tuple[StoreTotals, ...]:
    members: dict[str, list[Member]] = defaultdict(list)
    for group in groups:
        for member in group.members:
            members[member.store].append(member)
    listed_at = {name: store.listed_at for name, (_, store) in catalog.stores().items()}
    return tuple(
        StoreTotals(
            store.name,
            store.location,
            add_waste(catalog.counts(store_id)[0], members[store.name]),
            listed_at.get(store.name, ""),
        )
        for store_id, store in stores
    )


def _format_totals(pictures: Pictures, groups: Sequence[Group]) -> tuple[FormatTotals, ...]:
    members: dict[str, list[Member]] = defaultdict(list)
    for group in groups:
        for member in group.members:
            members[member.format].append(member)
    found = []
    for number, name in enumerate(pictures.formats):
        here = pictures.format == number
        count = int(here.sum())
        whole = int((pictures.width[here] == 0).sum())
        totals = Totals(
            files=count, ok=count - whole, container=whole, bytes=int(pictures.bytes[here].sum())
        )
        found.append(FormatTotals(name, add_waste(totals, members[name])))
    return tuple(sorted(found, key=lambda f: (-f.totals.files, f.format)))


def _notices(
    catalog: Catalog,
    named: Sequence[tuple[int, str]],
    columns: Columns,
    definition: Definition,
    failed: dict[int, str],
    totals: Sequence[StoreTotals],
) -> tuple[Notice, ...]:
    """Return what is odd about files that were read, by the catalog and by this audit."""
    unread = [
        Notice(
            store.name, "", f"{store.totals.listed:,} entries were settled by size and checksum "
            "and not read: identical pixels were not looked for among them",
        )
        for store in totals
        if store.totals.listed
    ]  # fmt: skip
    best = np.zeros(len(columns.contents), np.uint8)
    np.maximum.at(best, columns.content, columns.codes.quality[columns.rows])
    pictures = columns.pictures
    plain = np.flatnonzero(
        (best[columns.contents.of_file] < definition.quality_floor) & (pictures.width > 0)
    )
    paths = catalog.paths(pictures.ids[[*plain.tolist(), *failed]].tolist())
    too_plain = [
        Notice(
            named[pictures.store[at]][1],
            paths[int(pictures.ids[at])],
            f"too plain or small to compare by its looks (quality "
            f"{best[columns.contents.of_file[at]]}): matched by identical pixels only",
        )
        for at in plain.tolist()
    ]
    not_compared = [
        Notice(named[pictures.store[at]][1], paths[int(pictures.ids[at])], why)
        for at, why in failed.items()
    ]
    order = {name: n for n, (_, name) in enumerate(named)}
    every = [*catalog.notices(named), *unread, *too_plain, *not_compared]
    return tuple(sorted(every, key=lambda n: (order[n.store], n.path, n.note)))


def write_report(
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    audit: Audit,
    folder: Path,
    follow_symlinks: bool,
    workers: Workers,
    progress: Progress,
) -> list[Path]:
    """Write the report of an audit into a folder, made if need be, and return its files.

    Raises ReportError if the folder cannot be written.
    """
    named = [(store_id, store.name) for store_id, store in stores]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        places = [store for _, store in stores]
        audit = illustrate(
            audit, places, folder, follow_symlinks, workers, progress,
            known=lambda pairs: deep.known(catalog, pairs),
        )  # fmt: skip
        thumbnails = _thumbnails(stores, audit, folder, follow_symlinks, workers, progress)
        report = ReportInput(audit, lambda: catalog.assets(named), thumbnails)
        written = []
        with progress.stage("Writing the report", len(FORMATS)) as advance:
            for report_format in FORMATS:
                written += report_format.write(report, folder)
                advance(1)
    except OSError as error:
        raise ReportError(
            f"cannot write the report to {folder}: {error.strerror or error}",
            advice="Name a folder with --out that you may write to and that has room.",
        ) from error
    return written


def _thumbnails(
    stores: Sequence[tuple[int, Store]],
    audit: Audit,
    folder: Path,
    follow_symlinks: bool,
    workers: Workers,
    progress: Progress,
) -> dict[str, str]:
    """Have small pictures made for the groups' members, by content; keep those already there."""
    locations = {store.name: store.location for _, store in stores}
    wanted: dict[str, Member] = {}
    for group in audit.groups:
        seen: dict[str, Member] = {}
        for member in group.members:
            if len(seen) == _THUMBNAILS_PER_GROUP:
                break
            seen.setdefault(member.sha256, member)
        wanted |= seen
    shelf = folder / "thumbnails"
    shelf.mkdir(exist_ok=True)
    there = {path.name for path in shelf.iterdir() if _THUMBNAIL_NAME.fullmatch(path.name)}
    names = {sha: f"{sha}.jpg" for sha in wanted}
    for stale in there - set(names.values()):
        (shelf / stale).unlink()
    missing = [member for sha, member in wanted.items() if names[sha] not in there]
    tasks = (
        (
            member.sha256,
            _task("thumbnail", locations[member.store], member.path, member.sha256, follow_symlinks)
            | {"side": _THUMBNAIL_SIDE},
        )
        for member in missing
    )
    if missing:
        with progress.stage("Drawing thumbnails", len(missing)) as advance:
            for sha, answer in workers.answers(tasks):
                advance(1)
                if "jpeg" in answer:
                    # A name of its own first: an interrupt must not leave half a picture.
                    part = shelf / f"{names[sha]}.part"
                    part.write_bytes(bytes.fromhex(answer["jpeg"]))
                    part.replace(shelf / names[sha])
                else:  # the report shows a blank there; the file itself is still accounted for
                    del names[sha]
    return {sha: f"thumbnails/{name}" for sha, name in names.items()}
