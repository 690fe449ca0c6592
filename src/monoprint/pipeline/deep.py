"""The deep level: propose widely, verify in the workers round by round, group what was verified."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monoprint.catalog.store import Catalog, Compared
from monoprint.kernels import hamming
from monoprint.kernels.components import components
from monoprint.matching import contents, local, proposals
from monoprint.matching.candidates import Edges
from monoprint.matching.contents import Contents
from monoprint.matching.proposals import Pair, Proposal, Proposals
from monoprint.matching.relation import turned
from monoprint.matching.rounds import Family, Rounds, families
from monoprint.model.asset import Store
from monoprint.model.match import Verdict
from monoprint.pipeline.explain import COMPARED_SIDE
from monoprint.pipeline.interrupts import held
from monoprint.pipeline.progress import Progress
from monoprint.pipeline.verdicts import heard, told
from monoprint.pipeline.workers import Workers

# The verifier's name in the catalog: what it said is asked for again only under another one.
LADDER: Final = "ladder/15"

# Layouts of plain pictures this near, in levels of 256, propose each other.
_LAYOUT_RADIUS: Final = 10

# What stands behind a PDQ distance of at most 63 bits, so that those come first: nearness is bits
# for codes, and beyond those the less evidence from local features, the farther.
_LAYOUT_NEARNESS: Final = 40.0
_LOCAL_NEARNESS: Final = 64.0

# Verdicts that are written to the catalog at a time.
_BATCH: Final = 200

# What is compared of centres that are asked for what their copies were proposed for.
_FIRSTS: Final = [Proposal(0.0, 0, 0)]

# Candidate pairs that one worker settles together, at least: so few that their pictures stay at
# hand there from one round to the next, of two lots at a time.
_LOT: Final = 8

# Frames of a file that can be told apart in one number with its id.
_FRAMES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Sighted:
    """What was found by looking: groups, warnings, and pairs of frames other than the first.

    Pairs are of picture numbers, (a, b) with a < b. `distance` holds the PDQ distance of the pairs
    that codes proposed; `unseen` says of pictures, by number, why they could not be compared.
    """

    families: list[Family]
    warnings: dict[Pair, Verdict]
    frames: dict[Pair, tuple[int, int]]
    distance: dict[Pair, int]
    unseen: dict[int, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """The pictures of an audit: the file each is shown by, and how well it represents.

    `file` int64 (P,) is the position of each picture's first file, `content` int64 (P,) that file's
    content, `rank` int64 (P,) orders pictures by how well they represent, 0 best.
    """

    file: NDArray[np.int64]
    content: NDArray[np.int64]
    rank: NDArray[np.int64]


def propose(
    catalog: Catalog,
    store_ids: Sequence[int],
    held_contents: Contents,
    content_of_row: NDArray[np.int64],
    frame: NDArray[np.int32],
    code: NDArray[np.uint64],
    node: NDArray[np.int64],
    edges: Edges,
    picture: NDArray[np.int64],
    shown: Shown,
    progress: Progress,
) -> Proposals:
    """Gather the pairs that codes, local features and layouts propose.

    `content_of_row`, `frame`, `code` and `node` are of the code rows, `picture` of the contents.
    """
    found = Proposals()
    rich = node >= 0
    proposals.of_codes(
        found, node[rich], picture[content_of_row[rich]], frame[rich], edges, shown.rank
    )
    pictures = catalog.features(store_ids)
    files = catalog.pictures(store_ids)
    content = contents.of_first_files(files, held_contents, pictures.file_id)
    # One row a picture and frame: what has equal pixels has equal features.
    own = np.where(content >= 0, picture[np.maximum(content, 0)], -1)
    first = (content >= 0) & (shown.content[np.maximum(own, 0)] == content)
    codes, known = _codes_of(own, pictures.frame, picture[content_of_row], frame, code, rich)
    rows = np.arange(len(pictures), dtype=np.uint32)
    standing = first & (local.stand_ins(codes, known & first) == rows)
    with progress.stage("Comparing parts", 1) as advance:
        features = local.features_of(pictures.keypoints, pictures.starts, pictures.size)
        by_parts = local.propose(features, standing, advance)
    strongest = float(by_parts.evidence.max(initial=1.0))
    for (left, right), evidence in zip(
        by_parts.pairs.tolist(), by_parts.evidence.tolist(), strict=True
    ):
        found.add(
            (int(own[left]), int(own[right])),
            (int(pictures.frame[left]), int(pictures.frame[right])),
            _LOCAL_NEARNESS * (1 - evidence / strongest),
        )
    for left, right, apart in _by_layout(pictures.layout, pictures.plain, first):
        found.add(
            (int(own[left]), int(own[right])),
            (int(pictures.frame[left]), int(pictures.frame[right])),
            _LAYOUT_NEARNESS + apart,
        )
    return found


def _codes_of(
    own: NDArray[np.int64],
    frame: NDArray[np.int32],
    picture_of_row: NDArray[np.int64],
    frame_of_row: NDArray[np.int32],
    code: NDArray[np.uint64],
    rich: NDArray[np.bool_],
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Return the PDQ code of each row of features, and whether it is one to compare."""
    key = picture_of_row * _FRAMES + frame_of_row
    order = np.argsort(key, kind="stable")
    wanted = own * _FRAMES + frame
    at = np.minimum(np.searchsorted(key[order], wanted), max(0, len(order) - 1))
    if not len(order):
        return np.zeros((len(own), 4), np.uint64), np.zeros(len(own), np.bool_)
    row = order[at]
    return code[row], (key[row] == wanted) & rich[row]


def _by_layout(
    layout: NDArray[np.uint64], plain: NDArray[np.uint32], first: NDArray[np.bool_]
) -> Iterator[tuple[int, int, int]]:
    """Yield rows of features whose layouts are near, with the levels they are apart."""
    used = first[plain]
    code, row = np.ascontiguousarray(layout[used]), plain[used]
    if not len(code):
        return
    leader = hamming.crowds(code, _LAYOUT_RADIUS)
    everyone = np.arange(len(code), dtype=leader.dtype)
    standing, following = np.flatnonzero(leader == everyone), np.flatnonzero(leader != everyone)
    pairs, distance = hamming.self_join(code[standing], _LAYOUT_RADIUS)
    for (left, right), apart in zip(standing[pairs].tolist(), distance.tolist(), strict=True):
        yield int(row[left]), int(row[right]), apart
    for follower in following.tolist():
        yield int(row[leader[follower]]), int(row[follower]), 0


def look(
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    files: NDArray[np.int64],
    sha256: NDArray[np.uint8],
    store: NDArray[np.int32],
    ids: NDArray[np.int64],
    found: Proposals,
    shown: Shown,
    follow_symlinks: bool,
    workers: Workers,
    progress: Progress,
) -> Sighted:
    """Verify what was proposed, round by round, and group what matches.

    `files` int64 (P,) gives each picture's file by position; `sha256`, `store` and `ids` are the
    files' columns. What an earlier audit has looked at is taken from the catalog.
    """
    wanted, crowded = found.nearest()
    rank = shown.rank.tolist()
    unseen = dict.fromkeys(
        crowded, f"has more than {proposals.MOST} candidates: compared with the nearest"
    )
    paths = catalog.paths(ids[files[sorted({p for pair in wanted for p in pair})]].tolist())

    def entry(picture: int, frame: int) -> dict[str, Any]:
        position = files[picture]
        return {
            "location": stores[store[position]][1].location,
            "path": paths[int(ids[position])],
            "sha256": sha256[position].tobytes().hex(),
            "frame": frame,
            "follow_symlinks": follow_symlinks,
        }

    def key(pair: Pair, proposal: Proposal) -> Compared:
        return Compared(
            sha256[files[pair[0]]].tobytes(), proposal.first_frame,
            sha256[files[pair[1]]].tobytes(), proposal.second_frame,
        )  # fmt: skip

    lots: list[_Lot] = []
    with progress.stage("Comparing pictures", len(wanted)) as advance:
        book = _Book(catalog)

        def begun() -> Iterator[_Lot]:
            for pairs in _lots(list(wanted), len(files)):
                lots.append(_Lot({p: wanted[p] for p in pairs}, rank, book, key, entry, advance))
                yield lots[-1]

        try:
            workers.work_off(begun())
        finally:
            book.write()  # an interrupt keeps what was looked at
    verdicts: dict[Pair, Verdict] = {}
    frames: dict[Pair, tuple[int, int]] = {}
    for lot in lots:
        verdicts |= lot.rounds.verdicts
        frames |= lot.frames
        unseen |= lot.unseen
    grouped, warnings = families(verdicts, rank)
    distance = {pair: near[0].distance for pair, near in wanted.items() if near[0].distance >= 0}
    return Sighted(grouped, warnings, frames, distance, unseen)


class _Book:
    """The verdicts in the catalog, and those that are still to be written there."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._fresh: list[tuple[Compared, dict[str, Any]]] = []

    def known(self, keys: Sequence[Compared]) -> dict[Compared, Verdict]:
        found = self._catalog.verdicts(LADDER, keys)
        return {key: heard(fields) for key, fields in found.items()}

    def add(self, key: Compared, verdict: Verdict) -> None:
        self._fresh.append((key, told(verdict)))
        if len(self._fresh) >= _BATCH:
            self.write()

    def write(self) -> None:
        with held():
            self._catalog.record_verdicts(LADDER, self._fresh)
            self._fresh.clear()


class _Lot:
    """Pairs whose pictures no other lot has: what is known of them, and what is still to be asked.

    `frames` tells which frames of two pictures the verdict on them is of; `unseen` says of
    pictures why they could not be compared.
    """

    def __init__(
        self,
        wanted: Mapping[Pair, list[Proposal]],
        rank: Sequence[int],
        book: _Book,
        key: Callable[[Pair, Proposal], Compared],
        entry: Callable[[int, int], dict[str, Any]],
        advance: Callable[[int], None],
    ) -> None:
        self.rounds = Rounds({pair: near[0].nearness for pair, near in wanted.items()}, rank)
        self.frames: dict[Pair, tuple[int, int]] = {}
        self.unseen: dict[int, str] = {}
        self._wanted, self._book, self._key, self._entry = wanted, book, key, entry
        self._advance = advance
        self._best: dict[Pair, Verdict] = {}

    def ask(self) -> list[tuple[tuple[Pair, Proposal], dict[str, Any]]]:
        """Return the comparisons that come next, but for those that the catalog knows."""
        while True:
            self.rounds.tell(self._best)
            self._advance(len(self._best))
            self._best = {}
            pairs = self.rounds.next()
            keys = {
                (pair, each): self._key(pair, each)
                for pair in pairs
                for each in self._wanted.get(pair, _FIRSTS)
            }
            known = self._book.known(list(keys.values()))
            lacking = []
            for tag, key in keys.items():
                if key in known:
                    self._heed(*tag, known[key])
                else:
                    lacking.append((tag, self._task(*tag)))
            if lacking or not pairs:
                return lacking

    def take(self, tag: tuple[Pair, Proposal], answer: dict[str, Any]) -> None:
        """Take in what came of a comparison, and have it written."""
        pair, proposal = tag
        if "reason" in answer:
            which = pair[answer.get("which") == "second"]
            self.unseen[which] = f"not compared with another picture: {answer['reason']}"
            self._heed(pair, proposal, Verdict(None, certainty=0.0))
            return
        verdict = heard(answer)
        self._heed(pair, proposal, verdict)
        self._book.add(self._key(pair, proposal), verdict)

    def _heed(self, pair: Pair, proposal: Proposal, verdict: Verdict) -> None:
        """Take a verdict on two pictures, unless there is a better one by other frames."""
        if pair not in self._best or _merit(verdict) > _merit(self._best[pair]):
            self._best[pair] = verdict
            self.frames[pair] = (proposal.first_frame, proposal.second_frame)

    def _task(self, pair: Pair, proposal: Proposal) -> dict[str, Any]:
        return {
            "do": "verify",
            "first": self._entry(pair[0], proposal.first_frame),
            "second": self._entry(pair[1], proposal.second_frame),
            "side": COMPARED_SIDE,
            "exact": False,
        }


def _lots(pairs: Sequence[Pair], pictures: int) -> Iterator[list[Pair]]:
    """Part pairs into lots of `_LOT` or more; none has a picture that another lot has."""
    if not pairs:
        return
    edges = np.array(pairs, np.uint32)
    least = components(pictures, edges)[edges[:, 0]]
    order = np.argsort(least, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(least[order])) + 1, len(pairs))
    begin = 0
    for end in ends.tolist():
        if end - begin >= _LOT or end == len(pairs):
            yield [pairs[k] for k in order[begin:end].tolist()]
            begin = end


def known(catalog: Catalog, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Verdict]:
    """Return what the catalog knows of the first frames of contents, by SHA-256 in hexadecimal."""
    there = {pair: Compared(*_firsts(*pair)) for pair in pairs}
    back = {pair: Compared(*_firsts(*pair[::-1])) for pair in pairs}
    held_verdicts = catalog.verdicts(LADDER, [*there.values(), *back.values()])
    found = {}
    for pair in pairs:
        if there[pair] in held_verdicts:
            found[pair] = heard(held_verdicts[there[pair]])
        elif back[pair] in held_verdicts:
            found[pair] = turned(heard(held_verdicts[back[pair]]))
    return found


def _firsts(first: str, second: str) -> tuple[bytes, int, bytes, int]:
    return bytes.fromhex(first), 0, bytes.fromhex(second), 0


def _merit(verdict: Verdict) -> tuple[bool, bool, float]:
    """Order verdicts on the same two pictures by other frames: a match before a warning."""
    return verdict.matches, verdict.relation is not None, verdict.certainty
