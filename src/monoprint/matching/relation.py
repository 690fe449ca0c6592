"""The ladder: what lies between two pictures, named from what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.matching.align import Matrix, jacobian_at
from monoprint.matching.compare import SINGULAR, Laid, Light
from monoprint.matching.picture import Picture
from monoprint.model.asset import Facts
from monoprint.model.formats import MASTERS, RAW
from monoprint.model.match import TURNS, WHOLE, Box, Change, Quad, Relation, Verdict

# The rung that a kind of change stands on.
RUNG: Final = {
    "metadata": Relation.RE_ENCODED,
    "encoding": Relation.RE_ENCODED,
    "rendition": Relation.RE_ENCODED,
    "master": Relation.RE_ENCODED,
    "size": Relation.RESIZED,
    "aspect": Relation.RESIZED,
    "turn": Relation.REORIENTED,
    "brightness": Relation.ADJUSTED,
    "contrast": Relation.ADJUSTED,
    "grey": Relation.ADJUSTED,
    "colour": Relation.ADJUSTED,
    "hue": Relation.ADJUSTED,
    "light": Relation.ADJUSTED,
    "blur": Relation.ADJUSTED,
    "sharpening": Relation.ADJUSTED,
    "noise": Relation.ADJUSTED,
    "crop": Relation.CROPPED,
    "frame": Relation.CROPPED,
    "rotation": Relation.CROPPED,
    "perspective": Relation.CROPPED,
    "overlay": Relation.OVERLAID,
    "edit": Relation.EDITED,
    "contested": Relation.CONTESTED,
}

# The quarter turn or mirroring that gave the second picture, by the signs of the derivative that
# brings the second onto the first; indexes `TURNS`.
_TURN_OF: Final = {
    (1, 0, 0, 1): 0,
    (0, -1, 1, 0): 1,
    (-1, 0, 0, -1): 2,
    (0, 1, -1, 0): 3,
    (1, 0, 0, -1): 4,
    (-1, 0, 0, 1): 5,
    (0, 1, 1, 0): 6,
    (0, -1, -1, 0): 7,
}

# The first of `TURNS` that turns a picture over.
_MIRRORED: Final = 4

# Shares of a frame that may be missing, and degrees that it may be turned, in a copy of the whole.
_WHOLE_SHARE: Final = 0.965
_WHOLE_ANGLE: Final = 1.2


# What counts as a change of size, as the log of a factor, and of shape, as a ratio of sides.
_SAME_SIZE: Final = 0.012
SAME_ASPECT: Final = 1.025

# What counts as a change of light: grey levels on average, ratios of contrast and
# of chroma, degrees of hue, range of uneven light, pixels of blur. Below lies what compression and
# scaling do by themselves.
_LEVEL: Final = 5.0
_CONTRAST: Final = 1.1
_CHROMA: Final = 1.12
_GREY: Final = 0.2
_COLOURLESS: Final = 4.0
_COLOURLESS_COMPRESSED: Final = 10.0
_HUE: Final = 5.0
_UNEVEN: Final = 0.08
_BLUR: Final = 1.5

# What counts as noise, in grey levels, and as a change of fine contrast, as ratios: compression
# softens by itself. Below so many grey levels there is no fine contrast to speak of.
_NOISE: Final = 0.8
_NOISE_COMPRESSED: Final = 3.0
_SHARPER: Final = 1.55
_SHARPER_COMPRESSED: Final = 2.2
_SHARPER_UNTOLD: Final = 3.0
_HIGH_QUALITY: Final = 80
_FLAT_GRAIN: Final = 1.0
_LEAST_GRAIN: Final = 0.01

# How far the scale may change over a picture that is seen straight on.
_BENT: Final = 1.03


@dataclass(frozen=True)
class Geometry:
    """How the second picture lies on the first, in terms that people use.

    `first_share` and `second_share` are how much of each frame the other one shows; the windows
    are the same as quadrilaterals in shares of width and height. `turn` indexes `TURNS`, `angle`
    is what is left of the rotation, in degrees. `factor` is the second's size over the first's,
    in pixels of the files; `aspect` how much one side was stretched more than the other;
    `bent` how far the scale changes over the picture (1 for none).
    """

    first_window: Quad
    second_window: Quad
    first_share: float
    second_share: float
    turn: int
    angle: float
    factor: float
    aspect: float
    bent: float

    @property
    def mirrored(self) -> bool:
        """Whether one is the other turned over."""
        return self.turn >= _MIRRORED

    @property
    def whole(self) -> bool:
        """Whether both frames show the same."""
        return (
            min(self.first_share, self.second_share) >= _WHOLE_SHARE
            and abs(self.angle) <= _WHOLE_ANGLE
        )


def geometry(first: Picture, second: Picture, matrix: Matrix) -> Geometry | None:
    """Return how the second picture lies on the first, None for a matrix that folds it."""
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < SINGULAR:
        return None
    middle = _middle(first, second, matrix)
    jacobian = jacobian_at(matrix, *middle)
    if jacobian is None:
        return None
    left, scales, right = np.linalg.svd(jacobian)
    if scales[1] < 1e-6:
        return None
    rotation = left @ right  # the nearest orthogonal matrix
    turn = _nearest_turn(rotation)
    square = np.array(next(k for k, v in _TURN_OF.items() if v == turn)).reshape(2, 2)
    rest = rotation @ square.T
    angle = float(np.degrees(np.arctan2(rest[1, 0] - rest[0, 1], rest[0, 0] + rest[1, 1])))
    first_step = np.array([first.facts.width / first.width, first.facts.height / first.height])
    second_step = np.array([second.facts.width / second.width, second.facts.height / second.height])
    native = np.diag(first_step) @ jacobian @ np.diag(1 / second_step)
    sides = np.linalg.svd(native, compute_uv=False)
    first_window, first_share = _window(second, first, matrix)
    back: Matrix = np.asarray(np.linalg.inv(matrix), np.float64)
    second_window, second_share = _window(first, second, back)
    return Geometry(
        first_window=first_window,
        second_window=second_window,
        first_share=first_share,
        second_share=second_share,
        turn=turn,
        angle=angle,
        factor=float(1 / np.sqrt(sides[0] * sides[1])),
        aspect=float(sides[0] / sides[1]),
        bent=_bent(second, matrix),
    )


# Shares of a frame count from a pixel's corner, pixels from their centres.
_HALF: Final = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])


def in_shares(matrix: Matrix, first: Picture, second: Picture) -> Matrix:
    """Return a matrix from the second's pixels to the first's as one between shares of frames."""
    return _scaled(to_shares(first) @ matrix @ np.linalg.inv(to_shares(second)))


def in_pixels(matrix: Matrix, first: Picture, second: Picture) -> Matrix:
    """Return what `in_shares` was given."""
    return _scaled(np.linalg.inv(to_shares(first)) @ matrix @ to_shares(second))


def _scaled(matrix: Matrix) -> Matrix:
    found: Matrix = matrix / matrix[2, 2]
    return found


def to_shares(picture: Picture) -> Matrix:
    """Return the matrix that brings a picture's pixels to shares of its width and height."""
    shares: Matrix = np.diag([1 / picture.width, 1 / picture.height, 1.0]) @ _HALF
    return shares


def within(lie: Geometry, first: Picture, second: Picture, laid: Laid) -> Geometry:
    """Return how they lie on each other where only a tile of what was laid is of both."""
    if laid.tile is None:
        return lie
    left, top, right, bottom = laid.tile.box
    corners = np.array([[left, right, right, left], [top, top, bottom, bottom]]) - 0.5
    first_window, first_share = _shares(corners, laid.to_first, first)
    second_window, second_share = _shares(corners, laid.to_second, second)
    return replace(
        lie, first_window=first_window, second_window=second_window,
        first_share=first_share, second_share=second_share,
    )  # fmt: skip


def _nearest_turn(rotation: NDArray[np.float64]) -> int:
    flat = rotation.ravel()
    return max(_TURN_OF.items(), key=lambda item: float(np.dot(flat, item[0])))[1]


def _middle(first: Picture, second: Picture, matrix: Matrix) -> tuple[float, float]:
    """Return the middle of what the second picture shares with the first, in its pixels."""
    window, _ = _window(first, second, np.asarray(np.linalg.inv(matrix), np.float64))
    x, y = np.array(window).mean(axis=0)
    return float(x * second.width - 0.5), float(y * second.height - 0.5)


def _window(shown: Picture, within: Picture, matrix: Matrix) -> tuple[Quad, float]:
    """Return where one picture's frame lies in another, and the share of it that it covers."""
    width, height = shown.width, shown.height
    corners = np.array([[0, width, width, 0], [0, 0, height, height]], np.float64) - 0.5
    return _shares(corners, matrix, within)


def _shares(corners: NDArray[np.float64], matrix: Matrix, within: Picture) -> tuple[Quad, float]:
    """Return four corners (2, 4) as a picture's shares of width and height, and their area."""
    mapped = matrix @ np.vstack([corners, np.ones(4)])
    if (mapped[2] <= 1e-9).any():
        return WHOLE, 1.0
    points = (mapped[:2] / mapped[2]).T + 0.5
    points /= [within.width, within.height]
    clipped = _clipped(points)
    share = _area(clipped) if len(clipped) > 2 else 0.0
    quad = np.clip(points, 0, 1)
    (a, b), (c, d), (e, f), (g, h) = quad.round(5).tolist()
    return ((a, b), (c, d), (e, f), (g, h)), float(min(1.0, share))


def _clipped(polygon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut a convex polygon to the unit square (Sutherland, Hodgman 1974)."""
    points = [tuple(p) for p in polygon.tolist()]
    for axis, bound, sign in ((0, 0.0, 1), (0, 1.0, -1), (1, 0.0, 1), (1, 1.0, -1)):
        kept: list[tuple[float, ...]] = []
        for k, p in enumerate(points):
            q = points[k - 1]
            p_in, q_in = sign * (p[axis] - bound) >= 0, sign * (q[axis] - bound) >= 0
            if p_in != q_in:
                t = (bound - q[axis]) / (p[axis] - q[axis])
                kept.append(tuple(q[i] + t * (p[i] - q[i]) for i in range(2)))
            if p_in:
                kept.append(p)
        points = kept
        if not points:
            break
    return np.array(points).reshape(-1, 2)


def _area(polygon: NDArray[np.float64]) -> float:
    x, y = polygon[:, 0], polygon[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _bent(second: Picture, matrix: Matrix) -> float:
    scales = []
    for x in (0.0, second.width - 1.0):
        for y in (0.0, second.height - 1.0):
            jacobian = jacobian_at(matrix, x, y)
            if jacobian is not None:
                scales.append(np.sqrt(abs(np.linalg.det(jacobian))))
    return float(max(scales) / max(min(scales), 1e-9)) if scales else 1.0


def turned(verdict: Verdict) -> Verdict:
    """Return the same verdict with first and second exchanged."""
    matrix = np.array(verdict.matrix).reshape(3, 3)
    inverse = np.linalg.inv(matrix)
    return replace(
        verdict,
        changes=verdict.back,
        back=verdict.changes,
        matrix=tuple((inverse / inverse[2, 2]).ravel().tolist()),
        first_window=verdict.second_window,
        second_window=verdict.first_window,
        where=tuple(moved(box, inverse) for box in verdict.where),
        source=(0, 2, 1)[verdict.source],
    )


def moved(box: Box, matrix: Matrix) -> Box:
    """Return the upright box around where a matrix brings a box, cut to the picture."""
    x = np.array([box.left, box.right, box.right, box.left])
    y = np.array([box.top, box.top, box.bottom, box.bottom])
    u, v, w = matrix @ np.stack([x, y, np.ones(4)])
    u, v = np.clip(u / w, 0, 1), np.clip(v / w, 0, 1)
    return Box(float(u.min()), float(v.min()), float(u.max()), float(v.max()))


def changes(
    first: Picture,
    second: Picture,
    lie: Geometry,
    light: Light | None,
    compared: tuple[Picture, Picture],
) -> tuple[list[Change], list[Change]]:
    """Return what made the second picture of the first, and what made the first of the second.

    Nearest rung first; what an overlay or an edit adds is not among them. Without `light` nothing
    is said of it. `compared` are the two as they were compared: perhaps coded alike.
    """
    there = [*_encoding(first, second), *_size(lie.factor, lie), *_turn(lie, back=False)]
    back = [*_encoding(second, first), *_size(1 / lie.factor, lie), *_turn(lie, back=True)]
    if light is not None:
        colourless = _COLOURLESS_COMPRESSED if _lossy(first, second) else _COLOURLESS
        one, other = compared
        there += [
            *_light(light, colourless, back=False),
            *_grain(one, other, lie, light, back=False),
        ]
        back += [*_light(light, colourless, back=True), *_grain(other, one, lie, light, back=True)]
    there += _crop(lie, lie.first_share, lie.second_share)
    back += _crop(lie, lie.second_share, lie.first_share)
    return there, back


def furthest(found: Sequence[Change]) -> Relation:
    """Return the furthest rung that any of the changes stands on."""
    order = list(Relation)
    return max(
        (RUNG[change.kind] for change in found), key=order.index, default=Relation.RE_ENCODED
    )


def _encoding(first: Picture, second: Picture) -> list[Change]:
    one, other = first.facts, second.facts
    kind = "encoding"
    if _is_master(other) and not _is_master(one):
        return [Change("master", None, f"the {_master(other)} of which this {one.format} was made")]
    if _is_master(one) and not _is_master(other):
        kind, text = "rendition", f"{other.format} rendition of a {_master(one)}"
    elif one.format != other.format:
        text = f"{one.format} re-encoded as {other.format}"
    elif one.quality != other.quality:
        text = f"{other.format} encoded anew"
    else:
        return []
    if other.quality is not None:
        text += f", quality about {other.quality}"
    return [Change(kind, None if other.quality is None else float(other.quality), text)]


def _is_master(facts: Facts) -> bool:
    """Say whether a file is one of those that renditions are made from, and kept without loss."""
    return facts.format in RAW or (facts.format in MASTERS and facts.lossless)


def _master(facts: Facts) -> str:
    return f"raw master ({facts.format})" if facts.format in RAW else f"{facts.format} master"


def _size(factor: float, lie: Geometry) -> list[Change]:
    found = []
    if abs(np.log(factor)) > _SAME_SIZE:
        found.append(Change("size", round(factor, 3), f"resized to {factor:.0%}"))
    if lie.whole and lie.aspect > SAME_ASPECT:
        found.append(
            Change("aspect", round(lie.aspect, 3), f"one side stretched by {lie.aspect - 1:.0%}")
        )
    return found


def _turn(lie: Geometry, *, back: bool) -> list[Change]:
    if not lie.turn:
        return []
    # The quarter turns undo each other, all other turns undo themselves.
    turn = {1: 3, 3: 1}.get(lie.turn, lie.turn) if back else lie.turn
    return [Change("turn", None, TURNS[turn])]


def _light(light: Light, colourless: float, *, back: bool) -> list[Change]:
    found = []
    gain, chroma = (1 / light.gain, 1 / light.chroma) if back else (light.gain, light.chroma)
    level = -light.level if back else light.level
    grey = light.chroma < _GREY if not back else light.chroma > 1 / _GREY
    coloured = light.chroma > 1 / _GREY if not back else light.chroma < _GREY
    if abs(level) > _LEVEL:
        word = "brighter" if level > 0 else "darker"
        found.append(
            Change("brightness", round(level / 255, 3), f"{word} by {abs(level) / 255:.0%}")
        )
    if not 1 / _CONTRAST < gain < _CONTRAST:
        word = "more" if gain > 1 else "less"
        found.append(
            Change("contrast", round(gain, 3), f"{word} contrast, {gain:.0%} of what it was")
        )
    if max(light.colour) < colourless:
        pass  # paper and ink: what hue they have is noise
    elif grey:
        found.append(Change("grey", None, "turned to grey"))
    elif coloured:
        found.append(Change("grey", None, "coloured"))
    elif not 1 / _CHROMA < chroma < _CHROMA:
        found.append(Change("colour", round(chroma, 3), f"colours at {chroma:.0%}"))
    if min(light.colour) >= colourless and abs(light.hue) > _HUE:
        hue = -light.hue if back else light.hue
        found.append(Change("hue", round(hue, 1), f"hue turned by {hue:.0f}°"))
    if light.uneven > _UNEVEN:
        found.append(Change("light", round(light.uneven, 3), f"light uneven by {light.uneven:.0%}"))
    return found


def _grain(
    first: Picture, second: Picture, lie: Geometry, light: Light, *, back: bool
) -> list[Change]:
    """Say what was done to noise and sharpness: by fine variation between pictures of one size.

    Else by the blur that brings them together, where compression is no reason for it.
    """
    fine = all(
        each.coding is None or (each.facts.quality or 0) >= _HIGH_QUALITY
        for each in (first, second)
    )
    if lie.whole and abs(np.log(lie.factor)) <= _SAME_SIZE:
        (quiet, busy), (other_quiet, other_busy) = first.grain, second.grain
        noise = float(np.sqrt(abs(other_quiet**2 - quiet**2)))
        quieter, other = (first, second) if quiet < other_quiet else (second, first)
        compressed = not fine or _more_lossy(quieter, other)
        if noise > (_NOISE_COMPRESSED if compressed else _NOISE):
            came = "added" if other_quiet > quiet else "taken out"
            return [Change("noise", round(noise, 1), f"noise of {noise:.0f} grey levels {came}")]
        ratio = max(other_busy, _LEAST_GRAIN) / max(busy, _LEAST_GRAIN)
        untold = any(each.coding and each.facts.quality is None for each in (first, second))
        much = np.log(_SHARPER if fine else _SHARPER_UNTOLD if untold else _SHARPER_COMPRESSED)
        if max(busy, other_busy) >= _FLAT_GRAIN and abs(np.log(ratio)) >= much:
            kind, word = ("sharpening", "sharpened") if ratio > 1 else ("blur", "softened")
            return [Change(kind, round(ratio, 2), f"{word}, fine contrast at {ratio:.0%}")]
        if not fine:
            return []
    if light.blur >= _BLUR:
        softer = (light.blurred == "second") != back
        kind, word = ("blur", "softer") if softer else ("sharpening", "sharper")
        return [Change(kind, light.blur, f"{word}, by a blur of {light.blur:g} pixels")]
    return []


def _lossy(*pictures: Picture) -> bool:
    return any(each.coding is not None for each in pictures)


def _more_lossy(one: Picture, other: Picture) -> bool:
    """Say whether one file was compressed more than another, which takes noise away by itself."""
    if one.facts.lossless or one.facts.format in RAW:
        return False
    if one.facts.quality is None or other.facts.quality is None:
        return one.facts.quality is None or other.facts.lossless
    return one.facts.quality < other.facts.quality


def _crop(lie: Geometry, first_share: float, second_share: float) -> list[Change]:
    found = []
    if first_share < _WHOLE_SHARE:
        found.append(Change("crop", round(first_share, 3), f"cropped to {first_share:.0%}"))
    if second_share < _WHOLE_SHARE:
        found.append(
            Change(
                "frame",
                round(second_share, 3),
                f"shown in {second_share:.0%} of a larger picture",
            )
        )
    if abs(lie.angle) > _WHOLE_ANGLE:
        found.append(Change("rotation", round(lie.angle, 1), f"rotated by {abs(lie.angle):.1f}°"))
    if lie.bent > _BENT:
        found.append(Change("perspective", round(lie.bent, 3), "seen at an angle"))
    return found
