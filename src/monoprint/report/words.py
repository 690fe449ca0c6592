"""Findings in words: the rungs of the ladder, kinds of waste, and what fixity comes to."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from monoprint.model.finding import Fixity, Waste
from monoprint.model.fixity import Breach
from monoprint.model.match import Relation

RELATION_WORDS: Final = {
    Relation.IDENTICAL_BYTES: "Same bytes",
    Relation.IDENTICAL_PIXELS: "Same pixels",
    Relation.RE_ENCODED: "Re-encoded",
    Relation.RESIZED: "Resized",
    Relation.REORIENTED: "Turned or mirrored",
    Relation.ADJUSTED: "Adjusted",
    Relation.CROPPED: "Cropped",
    Relation.OVERLAID: "Overlaid",
    Relation.SIMILAR: "Looks similar",
    Relation.EDITED: "Edited",
    Relation.BURST: "Burst shot",
    Relation.CONTESTED: "Contested",
}

WASTE_WORDS: Final = {
    Waste.CERTAIN: "certain waste",
    Waste.POSSIBLE: "possible waste",
    Waste.FREE: "shares storage",
    Waste.HELD: "held in its container",
    Waste.INTENDED: "intended copy",
}

RELATION_MEANINGS: Final = {
    Relation.IDENTICAL_BYTES: "The two files are equal, bit for bit (SHA-256). "
    "Either can stand for the other.",
    Relation.IDENTICAL_PIXELS: "The files differ, the pictures in them do not: every pixel is "
    "equal. They may differ in what they say about the picture (metadata, format, compression), "
    "so look before you choose which one to keep.",
    Relation.RE_ENCODED: "The same picture in the same size, compressed or stored in another way.",
    Relation.RESIZED: "The same picture at another size, or stretched to another shape.",
    Relation.REORIENTED: "The same picture turned by quarters, or mirrored.",
    Relation.ADJUSTED: "The same picture in other light, colours or sharpness; or printed and "
    "scanned.",
    Relation.CROPPED: "One shows a part of the other: a crop, a frame around it, a collage or a "
    "screenshot with it, a small turn.",
    Relation.OVERLAID: "The same picture with something laid on it: a watermark, caption, logo or "
    "sticker, or a place blurred to hide it.",
    Relation.SIMILAR: "The fingerprints of the two pictures are close, and nothing more was "
    "compared.",
    Relation.EDITED: "The same form or scene with other content: another name, number or "
    "language, an object put in or taken out. A warning, never a duplicate.",
    Relation.BURST: "Another exposure of the same scene. A warning, never a duplicate.",
    Relation.CONTESTED: "A copy if the two are seen alone; but what else matches the one has other "
    "content than the other, so not all of them can be copies. A warning: look at all three.",
}


def fixity_words(findings: Iterable[Fixity]) -> str:
    """Return how many findings there are of each kind: ``2 altered, 1 missing``."""
    counts = Counter(finding.what for finding in findings)
    return ", ".join(f"{counts[what]:,} {what}" for what in Breach if counts[what])
