"""Verifying: whether two pictures are one, from their pixels, and what lies between them.

Codes only propose. Here the two are laid on each other, their light is made alike, and what agrees
and what still differs is measured; the ladder's rung is named from that. Nothing is called a match
that was not looked at, and where in doubt two pictures are told apart: merging two cheques is far
worse than missing a copy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.matching import align, colours, compare, flow, plain, relation, tile
from monoprint.matching.align import Alignment, Matrix
from monoprint.matching.compare import Agreement, Difference, GridBox, Laid, Light, Look, Mask
from monoprint.matching.picture import Picture, is_grey, palette
from monoprint.matching.recoding import recoded
from monoprint.matching.regions import MOST, Apart, Ownership, Region, apart, ownership
from monoprint.matching.relation import Geometry
from monoprint.matching.seam import pasted
from monoprint.matching.treatment import treated, untouched
from monoprint.matching.watermark import Lifted, lifted
from monoprint.model.match import Box, Change, Relation, Verdict

# The longer side of the grid that pictures are laid on: all of them first, then those of few
# colours anew, since small print decides there. Pictures are decoded to the latter.
QUICK_SIDE: Final = 512
FINE_SIDE: Final = 1600

# Where six colours make up less than this of what two pictures share, that is a photograph, though
# shown on a screen or in a wide frame: on the tuning half a quarter of a photograph had 0.39 at
# most, and of a page, a plan or a screen of few colours, 0.45 at least.
_GRAPHIC_PART: Final = 0.4

# Levels of 32 and the share of a grey drawing or page that they make up: in grey, photographs of
# houses of the tuning half had 0.37 in two at most, pages, plans and screens 0.56 at least.
_INK_AND_PAPER: Final = 2
_INKED: Final = 0.5

# Agreement that ends the search for a better alignment, and the cells it must be seen in.
_CLEAR: Final = 0.93
_CLEAR_CELLS: Final = 20

# A later alignment must be better by this factor: what is alike turned over, as many a flag, lies
# as it stands.
_BETTER: Final = 1.1

# Correlation at a glance (`compare.glance`) below which an alignment is chance, and below which a
# whole frame is tried last, if nothing has agreed by so much. Of 451 pairs of photographs of the
# tuning half those that match have 0.31 at least, of a page and a photograph 0.68; of photographs
# of two rooms that keypoints propose 60 of 71 alignments have less than 0.2. All by keypoints are
# looked at of two pages. With less detail than this, in grey levels, noise outweighs what is shown.
_CHANCE: Final = 0.2
_DETAIL: Final = 4.0
_LIKELY: Final = 0.3
_ENOUGH: Final = 0.5

# A photograph with fewer agreeing cells than this may be a plain picture.
_FEW_CELLS: Final = 100

# Less agreement than this on the quick grid is not looked at on the fine one.
_WORTH: Final = 0.15

# Log odds that two pictures show the same scene: weights of the agreeing share, of rigidity, of the
# log of agreeing cells, and a constant. Fitted on the gauntlet's tuning half (3,900 pairs that do
# and 1,500 that do not).
_SAME: Final = (3.1, 8.2, 0.8, -10.9)

# Rigidity of what is surely laid: of 202 pairs that clash and are of two pictures all have 0.49 at
# least, one of a page and its copy turned by some degrees has 0.33.
_SURE: Final = 0.4

# Where so much of a photograph agrees, in so many cells, places that show the same where they lie
# count for rigidity. Of 1,050 copies of 75 photographs nine more match for it and for the part that
# a plane must leave unexplained, and none less; of 290 pairs of other shots and near misses among
# 20,000 small photographs none more do.
_HELD_SHARE: Final = 0.93
_HELD_CELLS: Final = 60

# What must agree at the very least, whatever the odds: a share, and cells of the grid.
_LEAST_SHARE: Final = 0.4
_LEAST_CELLS: Final = 12

# Where nothing in particular differs this much must agree all the same; beside what does differ, so
# much: where things moved between two exposures, less of the rest agrees. A line of print on a
# small screen is 5 % of what there is to see. Of 153 pairs of drawings that match so, some in other
# light, 96 % agree at least; laid by keypoints they are sampled anew, and less does.
_ALL_AGREE: Final = 0.7
_ALL_AGREE_GRAPHIC: Final = 0.93
_ALL_AGREE_FRAMES: Final = 0.955
_REST: Final = 0.82
_MOVED: Final = 0.955
_MOVED_REGIONS: Final = 12

# A photograph of few colours may be mirrored, a drawing may not.
_DRAWN: Final = 0.6

# A simple drawing that takes up less than this of another is not what the other shows, unless so
# many keypoints agree: of 85 pairs of a Union Jack and a flag that bears it, compressed and made
# smaller, at most 195 do, of a thing before white, of which the other shows a third, 411.
_MERE_SHARE: Final = 0.5
_MERE_INLIERS: Final = 300

# Log odds from which differences on a drawing are an overlay, how far its regions must agree on the
# owner, and how far for a watermark to be looked for. On photographs even odds will do.
_OVERLAY_GRAPHIC: Final = 1.8
_AGREED: Final = 0.9
_MOSTLY: Final = 0.5

# Log odds of a large place by itself below which it is no part of an overlay on a photograph.
_LEAST_OVERLAY: Final = -1.5

# A drawing that has less than this in common with another is another drawing, not one with a
# sticker.
_OVERLAY_CELLS: Final = 150

# Fewer marks than this on a drawing are a stroke of its own, as of a digit, and nothing laid on it;
# overlays of the tuning half have 5,000.
_OVERLAY_MARKS: Final = 100

# An overlay on a drawing lies on its ground: where so much (`Ownership.beneath`) is covered, one
# picture stands for another, as on two screens. Of 95 overlays on drawings of the tuning half that
# were called so two cover more.
_BENEATH: Final = 3.2

# What covers more of a drawing than this is as likely a layer of its content: the roads of a map.
_OVERLAY_MOST: Final = 0.15

# Keypoints that agree where a plain picture is a part of another: with so many and equal colours
# 114 of 877 crops, frames and turns of plain pictures of the tuning half are found, and none of
# 464 pairs of other content.
_PLAIN_PART: Final = 30

# Keypoints that agree where a plain picture is the same in other light.
_PLAIN_LIT: Final = 45

# Two parts of one picture, neither the whole of the other, must agree as only one exposure does:
# whoever takes two photographs turns a little between them. Of 40 pairs of other shots that matched
# among 10,000 photographs of 150 pixels 30 do no longer for this and for parallax, the share of
# places that lie elsewhere than one plane has them. Of 889 copies of 120 photographs that are laid
# by keypoints seven have so much parallax, all of them made of photographs of 150 pixels.
# Where all agrees, at a size that shows more, and lies where it should, flow need not say so too.
_PARTS_SHARE: Final = 0.93
_CONTAINED: Final = 0.9
_PARTS_SHARE_PHOTO: Final = 0.95
_CONTAINED_PHOTO: Final = 0.95
_PARTS_RIGID: Final = 0.8
_PARTS_SIDE: Final = 300
_PARTS_ALL: Final = 0.99
_PARTS_HELD: Final = 0.97
_PARALLAX: Final = 0.045

# Log odds of what may be either: it speaks against no match with others.
_UNSURE: Final = 0.0
_AS_MUCH: Final = 0.02

# Verdicts that compression alone may have brought about, and those it may leave in their place.
_BY_COMPRESSION: Final = {Relation.EDITED, Relation.ADJUSTED}
_WHOLE: Final = {Relation.RE_ENCODED, Relation.RESIZED, Relation.REORIENTED, Relation.ADJUSTED}

# Verdicts, on what is surely laid, that a watermark may be the reason of: in photographs many
# letters may look as if much had moved, on drawings one that covers much leaves little to agree.
_MARKED_PHOTO: Final = {Relation.OVERLAID, Relation.EDITED, Relation.BURST}
_MARKED_GRAPHIC: Final = {Relation.OVERLAID, Relation.EDITED, None}

# Verdicts on two pictures of which something in particular differs.
_DIFFERING: Final = {Relation.OVERLAID, Relation.EDITED, Relation.BURST}


@dataclass(frozen=True)
class Measured:
    """What is measured of two pictures in their best alignment, each thing once it is asked for.

    `graphic` says that one has few colours. `compared` are the pictures as they were laid: perhaps
    coded alike. `lifted` says that a watermark was lifted from one.
    """

    alignment: Alignment
    look: Look
    graphic: bool
    compared: tuple[Picture, Picture]
    lifted: bool = False

    @property
    def laid(self) -> Laid:
        """The two as they lie on each other."""
        return self.look.laid

    @property
    def difference(self) -> Difference:
        """What only one of them shows."""
        return self.look.difference

    @property
    def agreement(self) -> Agreement:
        """How much of what there is to see agrees."""
        return self.look.agreement

    @cached_property
    def scarce(self) -> bool:
        """Whether there is little to compare."""
        few = self.graphic or self.agreement.cells < _FEW_CELLS
        return few and plain.scarce(self.laid, graphic=self.graphic)

    @property
    def regions(self) -> list[Region]:
        """The regions that differ, the largest first."""
        return self._apart.regions

    @property
    def marks(self) -> Mask:
        """The mask of those on the grid."""
        return self._apart.mask

    @property
    def clash(self) -> bool:
        """Whether both have strokes in many places, surely laid, and other ones."""
        return self._apart.clash and self.laid.rigid >= _SURE

    @cached_property
    def _apart(self) -> Apart:
        return apart(self.laid, self.difference, graphic=self.graphic)

    @cached_property
    def held(self) -> float:
        """The share of places that both show alike where they lie."""
        return flow.held(self.laid, self.difference)

    @cached_property
    def whose(self) -> Ownership:
        """Whose those are; there must be one."""
        return ownership(self.regions, graphic=self.graphic)

    @cached_property
    def rest(self) -> Agreement:
        """The agreement beside the regions that differ."""
        if not self.regions:
            return self.agreement
        return compare.agreement(self.laid, self.difference, self.marks)

    @cached_property
    def recoloured(self) -> list[GridBox]:
        """The places in other colours."""
        if self.graphic:
            return colours.places(self.laid, self.difference.light)
        patches = colours.patches(self.laid)
        return [] if patches and any(p.fits_a_palette for p in self.compared) else patches

    @cached_property
    def touched(self) -> bool:
        """Whether something was done to one of the pictures as a whole."""
        return not untouched(self.laid, ~self.marks)


def verify(first: Picture, second: Picture) -> Verdict:
    """Return what lies between two pictures; see `Verdict`. Any sizes will do."""
    measured = measure(first, second)
    if measured is None:
        return Verdict(None)
    verdict = _one_way(first, second, measured)
    if verdict.relation is Relation.OVERLAID:
        # A layer of a drawing's own, as the roads of a map, may look like an overlay from one side,
        # and so may a thing in a photograph.
        graphic = measured.graphic
        back = _back(first, second) if graphic else _exchanged(first, second, measured)
        return verdict if back.relation is Relation.OVERLAID else back
    drawn = measured.graphic and not measured.scarce
    if verdict.relation is Relation.EDITED and drawn and not measured.clash and measured.touched:
        # What was done to one cannot always be undone: where all is explained, it is from one side.
        back = _back(first, second)
        return back if back.relation in {Relation.ADJUSTED, Relation.CROPPED} else verdict
    return verdict


def _back(first: Picture, second: Picture) -> Verdict:
    """Return the verdict on two as it is found with the second laid first."""
    measured = measure(second, first)
    if measured is None:
        return Verdict(None)
    return relation.turned(_one_way(second, first, measured))


def _exchanged(first: Picture, second: Picture, measured: Measured) -> Verdict:
    """Return the verdict on two as they were laid, with the second compared with the first."""
    look = Look(measured.laid.exchanged())
    again = replace(measured, look=look, compared=measured.compared[::-1])
    verdict = judge(second, first, again)
    if verdict.relation is not Relation.OVERLAID:
        verdict = _of_a_mark(second, first, again, verdict) or verdict
    return relation.turned(verdict)


def _one_way(first: Picture, second: Picture, measured: Measured) -> Verdict:
    verdict = _verdict(first, second, measured)
    if measured.scarce and not verdict.matches:
        return (
            _plain_part(first, second, measured)
            or _plain_in_other_light(first, second, measured)
            or verdict
        )
    return verdict


def _verdict(first: Picture, second: Picture, measured: Measured) -> Verdict:
    verdict = judge(first, second, measured)
    if measured.scarce and not verdict.matches:
        # What aligns pictures has little to hold on to in plain ones: lay them frame on frame.
        for frame in _frames(first, second, measured.laid.matrix):
            laid = compare.lay(first, second, frame, QUICK_SIDE)
            if laid is not None and plain.far_apart(laid):
                verdict = Verdict(None)
                continue
            laid = compare.lay(first, second, frame, FINE_SIDE)
            if laid is not None:
                measured = replace(measured, look=Look(laid.as_rigid_as(measured.laid)))
                verdict = judge(first, second, measured)
                if verdict.matches:
                    break
    marked = _of_a_mark(first, second, measured, verdict)
    if marked is not None:
        return marked
    if verdict.relation is Relation.EDITED and not measured.scarce:
        if measured.clash:
            return verdict
        lit = _in_equal_light(first, second, measured)
        if lit is not None:
            return lit
    if verdict.relation not in _BY_COMPRESSION:
        return verdict
    as_coded = _as_coded(first, second, measured)
    if as_coded is None:
        return verdict
    again = judge(first, second, as_coded)
    if again.relation in _WHOLE:
        return again
    if first.coding and second.coding and any(map(_untold, (measured, as_coded))):
        return Verdict(None, certainty=_probability(_UNSURE))
    return verdict


def _frames(first: Picture, second: Picture, about: Matrix) -> Iterator[Matrix]:
    """Yield what lays frame on frame: as is likeliest, then as a matrix nearly does.

    The only keypoints of a page with nothing but its number may well agree turned over.
    """
    likeliest = next(align.by_frames(first, second), None)
    nearest = align.nearest_frame(first, second, about)
    if likeliest is not None and not np.allclose(likeliest.matrix, nearest):
        yield likeliest.matrix
    yield nearest


def _whole_as_coded(first: Picture, second: Picture, measured: Measured) -> Verdict | None:
    """Return the verdict on two of which nothing differs once both are coded alike, or None."""
    as_coded = _as_coded(first, second, measured)
    verdict = None if as_coded is None else judge(first, second, as_coded)
    return verdict if verdict is not None and verdict.relation in _WHOLE else None


def _of_a_mark(
    first: Picture, second: Picture, measured: Measured, verdict: Verdict
) -> Verdict | None:
    """Return the verdict on two that a watermark is the reason of, or hides an edit in, or None."""
    if not _may_be_marked(measured, verdict):
        return None
    through = _seen_through(first, second, measured)
    if through is None:
        return None
    found = verdict.relation, through.relation
    if Relation.OVERLAID in found:
        # Strong compression leaves marks all over a drawing.
        coded = _whole_as_coded(first, second, measured) if measured.graphic else None
        return coded or through
    return through if found == (Relation.BURST, Relation.EDITED) else None


def _may_be_marked(measured: Measured, verdict: Verdict) -> bool:
    """Say whether a watermark may be why two differ: most of that is then one's alone."""
    marked = _MARKED_GRAPHIC if measured.graphic else _MARKED_PHOTO
    if verdict.relation not in marked or measured.laid.rigid < _SURE or measured.scarce:
        return False
    return not measured.regions or measured.whose.agreed >= _MOSTLY


def _seen_through(first: Picture, second: Picture, measured: Measured) -> Verdict | None:
    """Return the verdict on two of which one may bear a watermark, once that is lifted, or None.

    What is left must be the same, or it is an edit, however much of what differs is the mark.
    """
    verdict = None
    for each in lifted(measured.laid):
        again = replace(measured, look=Look(each.laid), lifted=True)
        verdict = judge(first, second, again)
        if verdict.relation in _WHOLE | {Relation.CROPPED}:
            return _overlaid(first, verdict, each)
        if verdict.relation is Relation.OVERLAID:
            return verdict
    return verdict


def _overlaid(first: Picture, verdict: Verdict, mark: Lifted) -> Verdict:
    """Return the verdict on two that match but for a mark that one of them bears."""
    told = _overlay(float(mark.mask.mean()))
    return replace(
        verdict,
        relation=Relation.OVERLAID,
        changes=(*verdict.changes, told),
        back=(*verdict.back, told),
        where=_places(first, mark.laid, mark.boxes),
        source=3 - mark.bearer,
    )


def _in_equal_light(first: Picture, second: Picture, measured: Measured) -> Verdict | None:
    """Return the verdict on two all of whose differences are of light or colour, or None."""
    if not measured.touched or measured.recoloured:
        return None
    for laid in treated(measured.laid):
        again = replace(measured, look=Look(laid))
        verdict = judge(first, second, again, measured.difference.light)
        if verdict.relation in _WHOLE:
            return _adjusted(verdict)
        if verdict.relation is Relation.CROPPED:
            return verdict
    return None


def _as_coded(first: Picture, second: Picture, measured: Measured) -> Measured | None:
    """Measure anew what compression may have made different, both coded alike, if that can be."""
    lie = relation.geometry(first, second, measured.laid.matrix)
    if lie is None or not lie.whole:
        return None
    most = FINE_SIDE if measured.graphic else QUICK_SIDE
    alike = recoded(first, second, measured.laid.matrix, most)
    if alike is None:
        return None
    before = measured.laid
    laid = replace(alike.laid, matrix=alike.matrix, zoom=before.zoom, rigid=before.rigid)
    return replace(measured, look=Look(laid), compared=(alike.first, alike.second))


def _untold(measured: Measured) -> bool:
    """Say whether plain pictures differ by no more than two encoders may have put between them.

    Nothing is said of these: neither that they are one, nor, against a picture which both were made
    of, that they are two.
    """
    return (
        measured.scarce and not measured.regions and plain.compare(measured.laid).within_two_codings
    )


def measure(first: Picture, second: Picture) -> Measured | None:
    """Lay the second picture on the first as well as can be; None if it cannot be."""
    best: tuple[float, Alignment, Look] | None = None
    few = _few_colours(first, second)
    for alignment, likely in _alignments(first, second):
        if best is not None and best[0] >= _ENOUGH and not likely:
            break
        laid = compare.lay(first, second, alignment.matrix, QUICK_SIDE)
        if laid is None or (few and alignment.inliers < _PLAIN_PART and plain.far_apart(laid)):
            continue
        look = Look(flow.refined(first, second, laid, QUICK_SIDE))
        merit = look.agreement.share * min(1.0, look.agreement.cells / _CLEAR_CELLS)
        if best is None or merit > best[0] * _BETTER:
            best = (merit, alignment, look)
        if merit >= _CLEAR:
            break
    if best is None:
        return None
    _, alignment, look = best
    graphic = _graphic(first, second, look.laid)
    if graphic and look.agreement.share > _WORTH and not plain.far_apart(look.laid):
        finer = flow.aligned(first, second, look.laid.matrix, FINE_SIDE)
        if finer is not None and max(finer.valid.shape) > max(look.laid.valid.shape):
            look = Look(finer.as_rigid_as(look.laid))
    elif not graphic and _WORTH < look.agreement.share < 1:
        part = tile.cut(first, second, look.laid, look.agreement)
        if part is not None:
            look = Look(part.as_rigid_as(flow.refined(first, second, part, QUICK_SIDE)))
    return Measured(alignment, look, graphic, (first, second))


def _alignments(first: Picture, second: Picture) -> Iterator[tuple[Alignment, bool]]:
    """Yield the alignments worth a look, those that a glance finds unlikely last, and which is.

    Lines of print that are some pixels off look like others, so of two pages all by keypoints are.
    """
    unlikely = []
    few = _few_colours(first, second)
    pages = first.is_graphic and second.is_graphic
    for alignment in align.alignments(first, second):
        if pages and not alignment.whole:
            yield alignment, True
            continue
        glance = compare.glance(first, second, alignment.matrix)
        if glance.promise >= (_LIKELY if alignment.whole else _CHANCE):
            yield alignment, True
        elif alignment.whole and (few or glance.promise >= _CHANCE or glance.detail < _DETAIL):
            unlikely.append(alignment)
    for alignment in unlikely:
        yield alignment, False


def judge(
    first: Picture, second: Picture, measured: Measured, light: Light | None = None
) -> Verdict:
    """Name the rung of the ladder from what was measured.

    `light` is what was done to the light, where that was measured before.
    """
    lie = relation.geometry(first, second, measured.laid.matrix)
    if lie is None:
        return Verdict(None)
    lie = relation.within(lie, first, second, measured.laid)
    case = _Case(first, second, measured, lie, light)
    if measured.scarce:
        return _judge_plain(case)
    same = _same(measured.agreement, measured.laid.rigid)
    if same < 0 and _nearly_all_agrees(measured):
        same = _same(measured.agreement, measured.held)
    if same < 0:
        return Verdict(None, certainty=_probability(-same))
    if measured.graphic and lie.mirrored and _drawn(first, second):
        return case.verdict(Relation.EDITED, same)
    if _few_colours(first, second) and _mere_part(case):
        return case.verdict(Relation.EDITED, same)
    if not measured.regions:
        if measured.agreement.share < _least_agreement(measured):
            return case.verdict(Relation.EDITED, same)
        if not _contained(measured, lie):
            return Verdict(None, certainty=_probability(_UNSURE))
        if _another_exposure(first, second):
            return case.verdict(Relation.BURST, same)
        shot = _another_shot(case)
        if shot is not None:
            return shot
        if measured.recoloured:
            return case.verdict(Relation.EDITED, same, recoloured=measured.recoloured)
        held = measured.laid.tile
        source = _source(first, second, lie) if held is None else 3 - held.host
        return case.verdict(case.furthest, same, source=source)
    whose = measured.whose
    odds = _overlay_odds(measured, whose)
    if odds >= 0 and measured.rest.share >= _REST:
        if not _contained(measured, lie):
            return Verdict(None, certainty=_probability(_UNSURE))
        shot = _another_shot(case)
        if shot is not None:
            return shot
        if not measured.graphic and measured.recoloured:
            return case.verdict(Relation.EDITED, same, recoloured=measured.recoloured)
        return case.verdict(Relation.OVERLAID, min(same, odds), source=3 - whose.owner)
    moved = not measured.graphic and measured.rest.share < _MOVED
    if moved and len(measured.regions) >= _MOVED_REGIONS:
        return case.verdict(Relation.BURST, same)
    return case.verdict(Relation.EDITED, min(same, max(-odds, 0.0)))


def _least_agreement(measured: Measured) -> float:
    """Return how much must agree where nothing in particular differs."""
    if not measured.graphic:
        return _ALL_AGREE
    if measured.lifted:
        return _REST
    return _ALL_AGREE_FRAMES if measured.alignment.whole else _ALL_AGREE_GRAPHIC


def _judge_plain(case: "_Case") -> Verdict:
    """Judge pictures with little to compare by their colours as they are."""
    if not case.lie.whole or case.lie.aspect > relation.SAME_ASPECT:
        return Verdict(None)
    # So little does not tell from where it is seen.
    case = replace(case, lie=replace(case.lie, bent=1.0))
    found = plain.compare(case.measured.laid)
    if not found.near:
        return Verdict(None)
    if found.alike and not case.measured.regions:
        return case.verdict(case.furthest, plain.ODDS)
    return case.verdict(Relation.EDITED, plain.ODDS)


def _plain_part(first: Picture, second: Picture, measured: Measured) -> Verdict | None:
    """Return the verdict on one plain picture that is plainly a part of the other, or None.

    Keypoints must agree, and colours as they are.
    """
    lie = relation.geometry(first, second, measured.laid.matrix)
    if lie is None or lie.whole or measured.alignment.inliers < _PLAIN_PART or measured.regions:
        return None
    case = _Case(first, second, measured, lie)
    agreement = measured.agreement
    if agreement.share < _PARTS_SHARE or _same(agreement, measured.laid.rigid) < 0:
        return None
    if max(lie.first_share, lie.second_share) < _CONTAINED or _mere_part(case):
        return None
    if lie.mirrored and _drawn(first, second):
        return None
    found = plain.compare(measured.laid)
    both_lose = first.coding is not None and second.coding is not None
    if not (found.alike or (both_lose and found.within_two_codings)):
        return None
    return case.verdict(case.furthest, plain.ODDS, source=_source(first, second, lie))


def _plain_in_other_light(first: Picture, second: Picture, measured: Measured) -> Verdict | None:
    """Return the verdict on a plain picture and the same in other light, or None.

    So little may be anything in other light: enough keypoints must agree, and nothing may differ
    once one is treated as the other was.
    """
    if not _held(first, second):
        return None
    frame = align.nearest_frame(first, second, measured.laid.matrix)
    for laid in (measured.laid, compare.lay(first, second, frame, FINE_SIDE)):
        if laid is None:
            continue
        lie = relation.geometry(first, second, laid.matrix)
        if lie is None or not lie.whole or lie.aspect > relation.SAME_ASPECT:
            continue
        if lie.mirrored and _drawn(first, second):
            continue
        if not any(plain.alike_as_treated(laid, each) for each in treated(laid, hue=False)):
            continue
        light = measured.difference.light
        if not colours.places(laid, light):
            case = _Case(first, second, replace(measured, look=Look(laid)), lie, light)
            return _adjusted(case.verdict(case.furthest, plain.ODDS))
    return None


def _adjusted(verdict: Verdict) -> Verdict:
    """Return a verdict on two that match as treated alike, which is told if nothing of it was."""
    if verdict.relation is Relation.ADJUSTED:
        return verdict
    told = Change("light", None, "light, colour or sharpness changed")
    return replace(
        verdict,
        relation=Relation.ADJUSTED,
        changes=(*verdict.changes, told),
        back=(*verdict.back, told),
    )


def _held(first: Picture, second: Picture) -> bool:
    """Say whether keypoints of two plain pictures agree."""
    return any(each.inliers >= _PLAIN_LIT for each in align.by_keypoints(first, second))


def _few_colours(first: Picture, second: Picture) -> bool:
    """Say whether either picture has few colours."""
    return first.is_graphic or second.is_graphic


def _graphic(first: Picture, second: Picture, laid: Laid) -> bool:
    """Say whether two pictures, and what they share, have few colours."""
    if not _few_colours(first, second):
        return False
    shown = (laid.first, laid.second)
    grey = [is_grey(each) for each in shown]
    if grey[0] == grey[1]:
        return any(palette(each) >= _GRAPHIC_PART for each in shown)
    # There are few greys in all, so where one has colour that tells more.
    coloured, colourless = shown if grey[1] else shown[::-1]
    inked = palette(colourless, _INK_AND_PAPER) >= _INKED
    return inked or palette(coloured) >= _GRAPHIC_PART


def _same(agreement: Agreement, rigid: float) -> float:
    """Return the log odds that both show one scene, below 0 wherever too little agrees."""
    share, cells = agreement.share, agreement.cells
    odds = _SAME[0] * share + _SAME[1] * rigid + _SAME[2] * float(np.log(cells + 1)) + _SAME[3]
    if share < _LEAST_SHARE or cells < _LEAST_CELLS:
        return min(odds, -1.0)
    return odds


def _nearly_all_agrees(measured: Measured) -> bool:
    """Say whether so much of a photograph agrees that flow may be wrong about what moved."""
    if measured.graphic:
        return False
    return measured.agreement.share >= _HELD_SHARE and measured.agreement.cells >= _HELD_CELLS


def _mere_part(case: "_Case") -> bool:
    """Say whether a simple drawing is a mere part of another, as flags are in flags' corners.

    A part of a page or a plan has more to it, and a frame leaves a sign the most room.
    """
    measured, part = case.measured, min(case.lie.first_share, case.lie.second_share)
    if part >= _MERE_SHARE or measured.alignment.inliers >= _MERE_INLIERS:
        return False
    return plain.simple(measured.laid, graphic=measured.graphic)


def _drawn(first: Picture, second: Picture) -> bool:
    """Say whether both are drawings, where a mirror image is another thing: the flat next door."""
    return min(first.palette, second.palette) >= _DRAWN


def _another_exposure(first: Picture, second: Picture) -> bool:
    """Say whether the files tell of two exposures by one camera."""
    one, other = first.facts, second.facts
    return bool(
        one.taken and other.taken and one.camera == other.camera and one.taken != other.taken
    )


def _contained(measured: Measured, lie: Geometry) -> bool:
    """Say whether one shows (nearly) all of the other, or the two are plainly parts of one."""
    whole, share = max(lie.first_share, lie.second_share), measured.agreement.share
    if measured.graphic:
        return whole >= _CONTAINED or share >= _PARTS_SHARE
    if whole >= _CONTAINED_PHOTO:
        return True
    # What differs in one place, between two such parts, is what moved between two shots.
    if measured.regions or share < _PARTS_SHARE_PHOTO:
        return False
    if measured.laid.rigid >= _PARTS_RIGID:
        return True
    seen_well = max(measured.laid.valid.shape) >= _PARTS_SIDE and share >= _PARTS_ALL
    return seen_well and measured.held >= _PARTS_HELD


def _another_shot(case: "_Case") -> Verdict | None:
    """Return the verdict on photographs of one scene from two places or at two moments, or None.

    Frames that lie exactly on each other are of one: no hand holds a camera so.
    """
    measured = case.measured
    if measured.graphic or measured.alignment.whole:
        return None
    share = flow.parallax(measured.laid, measured.difference, measured.marks)
    if share < _PARALLAX:
        return None
    verdict = case.verdict(Relation.BURST, _UNSURE)
    told = Change(
        "parallax", round(share, 4), f"{share:.0%} of what is seen moved against the rest"
    )
    return replace(verdict, changes=(*verdict.changes, told), back=(*verdict.back, told))


def _overlay_odds(measured: Measured, whose: Ownership) -> float:
    """Return the log odds of an overlay, below 0 for an edit: an overlay is one picture's alone."""
    if measured.graphic:
        odds = whose.overlay - _OVERLAY_GRAPHIC
        edited = measured.agreement.cells < _OVERLAY_CELLS
        edited |= sum(region.marks for region in measured.regions) < _OVERLAY_MARKS
        edited |= measured.marks.mean() > _OVERLAY_MOST or whose.beneath > _BENEATH
        # Of many marks one may be a digit: what hides among those of an overlay is none.
        edited |= whose.least < 0 or len(measured.regions) == MOST
        edited |= whose.agreed < _AGREED
    else:
        odds = whose.overlay
        edited = whose.least < _LEAST_OVERLAY
    return min(odds, -1.0) if edited else odds


def _source(first: Picture, second: Picture, lie: Geometry) -> int:
    """Return which picture the other was cut out of, or pasted into: 1, 2, or 0 for neither."""
    if lie.whole or max(lie.first_share, lie.second_share) < _CONTAINED:
        return 0
    if abs(lie.first_share - lie.second_share) < _AS_MUCH:
        return 0
    if lie.second_share > lie.first_share:  # the second lies within the first
        return 2 if pasted(first, lie.first_window) else 1
    return 1 if pasted(second, lie.second_window) else 2


def _probability(odds: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(odds, -20, 20))))


@dataclass(frozen=True)
class _Case:
    """Two pictures, what was measured of them, and how they lie on each other.

    `light` is what was done to the light, if that was measured before.
    """

    first: Picture
    second: Picture
    measured: Measured
    lie: Geometry
    light: Light | None = None

    @property
    def furthest(self) -> Relation:
        """The furthest rung that the changes of geometry, light and encoding reach."""
        return relation.furthest(self._changes()[0])

    def verdict(
        self,
        found: Relation,
        odds: float,
        source: int = 0,
        recoloured: Sequence[GridBox] = (),
    ) -> Verdict:
        """Return the verdict for a rung with its log odds, and for boxes of other colours."""
        measured, laid = self.measured, self.measured.laid
        there, back = self._changes()
        differing = measured.regions if found in _DIFFERING else []
        if found in {Relation.OVERLAID, Relation.EDITED}:
            extra = self._recoloured(recoloured) if recoloured else self._difference(found)
            there, back = [*there, extra], [*back, extra]
        return Verdict(
            relation=found,
            changes=tuple(there),
            back=tuple(back),
            certainty=_probability(odds),
            matrix=tuple(relation.in_shares(laid.matrix, self.first, self.second).ravel().tolist()),
            first_window=self.lie.first_window,
            second_window=self.lie.second_window,
            where=_places(self.first, laid, (*recoloured, *(region.box for region in differing))),
            source=source,
            residual=measured.difference.residual,
        )

    def _changes(self) -> tuple[list[Change], list[Change]]:
        light = self.light
        if light is None and not self.measured.scarce:
            light = self.measured.difference.light
        return relation.changes(self.first, self.second, self.lie, light, self.measured.compared)

    def _recoloured(self, boxes: Sequence[GridBox]) -> Change:
        area = sum((right - left) * (bottom - top) for left, top, right, bottom in boxes)
        return _edit("other colours", len(boxes), min(1.0, area / self.measured.laid.valid.size))

    def _difference(self, found: Relation) -> Change:
        share = float(self.measured.marks.mean())
        places = len(self.measured.regions)
        if found is Relation.OVERLAID:
            return _overlay(share)
        if self.measured.graphic and self.lie.mirrored and not places:
            return Change("edit", None, "a drawing mirrored")
        if not places:
            return Change("edit", None, "other content in many places")
        return _edit("other content", places, share)


def _overlay(share: float) -> Change:
    return Change("overlay", round(share, 4), f"overlay on {share:.1%} of the area")


def _edit(what: str, places: int, share: float) -> Change:
    noun = "place" if places == 1 else "places"
    return Change("edit", round(share, 4), f"{what} in {places} {noun}, {share:.1%} of the area")


def _places(first: Picture, laid: Laid, boxes: Sequence[GridBox]) -> tuple[Box, ...]:
    """Return boxes of the grid in shares of the first picture's frame."""
    to_shares = relation.to_shares(first) @ laid.to_first @ _unit(laid)
    return tuple(relation.moved(_box(box, laid), to_shares) for box in boxes)


def _box(box: GridBox, laid: Laid) -> Box:
    height, width = laid.valid.shape
    left, top, right, bottom = box
    return Box(left / width, top / height, right / width, bottom / height)


def _unit(laid: Laid) -> NDArray[np.float64]:
    """Return the matrix that brings shares of the grid to its pixel centres."""
    height, width = laid.valid.shape
    return np.array([[width, 0, -0.5], [0, height, -0.5], [0, 0, 1]], np.float64)
