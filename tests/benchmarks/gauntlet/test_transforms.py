"""Every transform gives a picture, and the truth of what was done to it."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from benchmarks.gauntlet.drawings import Scene
from benchmarks.gauntlet.sources import generator
from benchmarks.gauntlet.transforms import REGISTRY, STRENGTHS, Row, hosted, relations_of
from benchmarks.gauntlet.view import PNG, View, where
from monoprint.model.match import Relation

SIZE = (320, 240)

# Those that move pixels without covering or recolouring them: there the matrix can be checked.
MOVING = (
    "resize", "enlarge", "stretch", "crop-50", "frame", "letterbox", "polaroid", "rotate-filled",
    "rotate-cropped-more", "perspective", "meme-bars", "screenshot-phone", "screenshot-desktop",
    "pasted-40", "collage", "mirror+crop-50", "turn-90+crop-50", "frame+resize",
    *(name for name, made in REGISTRY.items() if made.relations == (Relation.REORIENTED,)),
)  # fmt: skip


def hosts(rng, count):
    return [(f"host-{n}", Image.effect_noise((400, 300), 60).convert("RGB")) for n in range(count)]


EVERYTHING = {**REGISTRY, **hosted(hosts)}


@pytest.fixture(scope="module")
def scene():
    return Scene.of(generator("scene")).taken(SIZE, generator("grain"))


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_transform_gives_a_picture_that_its_relations_call_a_copy(name, scene):
    made = EVERYTHING[name]
    assert made.relations
    assert not any(relation.warns or relation is Relation.SIMILAR for relation in made.relations)
    for strength in range(STRENGTHS):
        view = made.make(generator(name, strength), View.of(scene), strength)
        assert view.picture.mode == "RGB"
        assert min(view.size) >= 32
        encoding = view.encoding or PNG
        view.picture.save(io.BytesIO(), encoding.format, **dict(encoding.options))


@pytest.mark.parametrize("name", MOVING)
def test_the_matrix_says_where_every_pixel_is_shown(name, scene):
    view = EVERYTHING[name].make(generator(name), View.of(scene), 1)
    options = dict((view.encoding or PNG).options)
    file = io.BytesIO()
    view.picture.save(file, "PNG", exif=options.get("exif", b""))
    shown = np.asarray(ImageOps.exif_transpose(Image.open(file)).convert("L"), float)
    grey = np.asarray(scene.convert("L"), float)
    points = tuple((x + 0.5, y + 0.5) for x in range(20, 300, 7) for y in range(20, 220, 7))
    pairs = [
        (grey[int(y), int(x)], shown[int(v), int(u)])
        for (x, y), (u, v) in zip(points, where(view.matrix, points), strict=True)
        if 1 < u < shown.shape[1] - 1 and 1 < v < shown.shape[0] - 1
    ]
    assert len(pairs) > 100
    assert np.corrcoef(np.array(pairs).T)[0, 1] > 0.8


@pytest.mark.parametrize("share", [75, 50, 30, 15])
def test_a_crop_keeps_its_share_of_the_area(share, scene):
    for strength in range(STRENGTHS):
        cut = REGISTRY[f"crop-{share}"].make(generator(share), View.of(scene), strength)
        assert cut.size[0] * cut.size[1] / (SIZE[0] * SIZE[1]) == pytest.approx(
            share / 100, rel=0.03
        )


@pytest.mark.parametrize(("name", "share"), [("pasted-40", 0.4), ("pasted-20", 0.2)])
def test_a_pasted_picture_covers_its_share_and_names_its_host(name, share, scene):
    view = EVERYTHING[name].make(generator(name), View.of(scene), 1)
    (left, top), _, (right, bottom), _ = view.corners(SIZE)
    covered = (right - left) * (bottom - top) / (view.size[0] * view.size[1])
    assert covered == pytest.approx(share, rel=0.05)
    assert view.extra == ("host-0",)


def test_draining_a_grey_picture_may_be_called_re_encoding(scene):
    made = REGISTRY["grey"]
    drained = View.of(ImageOps.grayscale(scene).convert("RGB"))
    again = made.make(generator("grey"), drained, 0)
    assert Relation.RE_ENCODED in relations_of(made, drained, again, kept=False)
    first = made.make(generator("grey"), View.of(scene), 0)
    assert relations_of(made, View.of(scene), first, kept=False) == (Relation.ADJUSTED,)


def test_a_format_that_keeps_every_pixel_may_be_named_by_either(scene):
    view = View.of(scene)
    for name in ("png", "jpeg"):
        right = relations_of(REGISTRY[name], view, view, kept=True)
        assert set(right) == {Relation.IDENTICAL_PIXELS, Relation.RE_ENCODED}
    right = relations_of(REGISTRY["metadata"], view, view, kept=True)
    assert right == (Relation.IDENTICAL_PIXELS,)


def test_every_row_of_the_table_has_a_transform():
    assert {made.row for made in EVERYTHING.values()} == set(Row)
