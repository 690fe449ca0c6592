"""Verifying: whether two pictures are one, from their pixels."""

from dataclasses import dataclass
from typing import Final

from monoprint.matching import align, compare
from monoprint.matching.align import Alignment
from monoprint.matching.compare import Agreement, Difference, Laid
from monoprint.matching.picture import Picture
from monoprint.matching.regions import Region, regions

_QUICK_SIDE: Final = 512
_FINE_SIDE: Final = 1400
_PLAIN: Final = 0.45


@dataclass
class Measured:
    alignment: Alignment
    laid: Laid
    difference: Difference
    agreement: Agreement
    rest: Agreement
    regions: list[Region]


def measure(first: Picture, second: Picture) -> Measured | None:
    best: tuple[float, Alignment, Laid, Difference, Agreement] | None = None
    for alignment in align.alignments(first, second):
        laid = compare.aligned(first, second, alignment, _QUICK_SIDE)
        if laid is None:
            continue
        difference = compare.difference(laid)
        agreement = compare.agreement(laid, difference)
        merit = agreement.share * min(1.0, agreement.cells / 20)
        if best is None or merit > best[0]:
            best = (merit, alignment, laid, difference, agreement)
        if merit >= 0.93:
            break
    if best is None:
        return None
    _, alignment, laid, difference, agreement = best
    plain = max(first.plainness, second.plainness) >= _PLAIN
    if plain and agreement.share > 0.15:
        finer = compare.lay(first, second, laid.matrix, _FINE_SIDE)
        if finer is not None and max(finer.valid.shape) > 1.1 * max(laid.valid.shape):
            finer.rigid, finer.shift = laid.rigid, laid.shift
            finer = compare.refined(first, second, finer, _FINE_SIDE)
            laid = finer
            difference = compare.difference(laid)
            agreement = compare.agreement(laid, difference)
    found, covered = regions(laid, difference)
    rest = compare.agreement(laid, difference, covered)
    return Measured(alignment, laid, difference, agreement, rest, found)
