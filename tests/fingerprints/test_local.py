"""Local features and layouts: made, packed, unpacked, turned."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.fingerprints import local
from monoprint.kernels.geometry import Keypoints
from monoprint.model.fingerprint import KEYPOINT


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 50))
def test_keypoints_come_back_as_they_were_packed(seed, count):
    rng = np.random.default_rng(seed)
    octave = rng.integers(0, 8, count)
    points = Keypoints(
        rng.uniform(0, 511, count).astype(np.float32),
        np.sort(rng.uniform(0, 511, count)).astype(np.float32),
        local.scales(octave),
        rng.uniform(-7, 7, count).astype(np.float32),
        rng.integers(0, 2**64, (count, 4), dtype=np.uint64),
    )
    packed = local.packed(points)
    assert len(packed) == 38 * count
    back = local.unpacked(np.frombuffer(packed, KEYPOINT))
    np.testing.assert_allclose(back.x, points.x, atol=1 / 128)
    np.testing.assert_allclose(back.y, points.y, atol=1 / 128)
    np.testing.assert_array_equal(back.scale, points.scale)
    off = (back.angle - points.angle + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(off).max(initial=0) <= np.pi / 256 + 1e-5
    np.testing.assert_array_equal(back.code, points.code)
    assert (np.diff(back.y) >= 0).all()


def test_a_frame_has_its_keypoints_in_order_and_its_size(draw):
    pixels = np.asarray(draw.photo(1, (300, 200)))
    code = local.fingerprint(3, pixels)
    rows = np.frombuffer(code.keypoints, KEYPOINT)
    assert (code.frame, code.width, code.height) == (3, 300, 200)
    assert 40 < len(rows) <= local.KEYPOINTS
    assert (np.diff(rows["y"].astype(int)) >= 0).all()
    assert rows["x"].max() < 300 * 64
    assert not local.is_plain(code, 100)
    assert local.is_plain(code, 49)


def test_what_was_washed_out_keeps_keypoints(draw):
    pixels = np.asarray(draw.scene(1, (400, 300)).convert("L"))
    faint = (pixels * 0.2 + 190).astype(np.uint8)
    found = local.features(faint, 300)
    assert len(found) > 150
    # More for nothing: of a picture with corners enough, the faintest are not looked for.
    assert len(local.features(pixels, 300)) == 300


def shown_at(page, side):
    """Return a page as it is at so many pixels a side."""
    small = page.copy()
    small.thumbnail((side, side))
    return np.asarray(small)


def test_pages_are_told_from_photographs(draw):
    page, photo = shown_at(draw.page(1), 512), np.asarray(draw.scene(1, (512, 384)))
    assert local.is_page(local.fingerprint(0, page), page)
    assert not local.is_page(local.fingerprint(0, photo), photo)
    bare = np.full((512, 400), 250, np.uint8)
    assert not local.is_page(local.fingerprint(0, bare), bare)


def test_print_adds_keypoints_of_the_larger_sizes_and_moves_none(draw):
    page = draw.page(1)
    code = local.fingerprint(0, shown_at(page, 512))
    fine = shown_at(page, 1024)
    both = local.with_print(code, fine)
    assert (both.frame, both.width, both.height) == (0, fine.shape[1], fine.shape[0])
    own, all_ = (local.unpacked(np.frombuffer(each.keypoints, KEYPOINT)) for each in (code, both))
    assert len(all_) == 2 * local.KEYPOINTS
    assert (np.diff(all_.y) >= 0).all()
    held = {(code.tobytes(), round(x / 2), round(y / 2)) for code, x, y in
            zip(all_.code, all_.x, all_.y, strict=True)}  # fmt: skip
    # A place may be rounded to the next pixel, since both are kept in 64ths.
    near = [
        any((code.tobytes(), round(x) + dx, round(y) + dy) in held
            for dx in (-1, 0, 1) for dy in (-1, 0, 1))
        for code, x, y in zip(own.code, own.x, own.y, strict=True)
    ]  # fmt: skip
    assert all(near)
    fine_ones = all_.scale < 2 / 1.1
    assert fine_ones.sum() == local.KEYPOINTS
    assert all_.scale[~fine_ones].min() >= 1.2**4 - 1e-3


def test_a_page_that_is_hardly_larger_is_left_as_it_is(draw):
    page = draw.page(1, (420, 600))
    code = local.fingerprint(0, shown_at(page, 512))
    assert local.with_print(code, np.asarray(page)) == code


@pytest.mark.parametrize("shape", [(1, 1), (5, 2000), (31, 31, 3), (200, 300)])
def test_what_has_no_corner_has_no_keypoints(shape):
    code = local.fingerprint(0, np.full(shape, 255, np.uint8))
    assert code.keypoints == b""
    assert local.is_plain(code, 100)
    assert len(local.layout(np.full(shape, 255, np.uint8))) == 32


def bits(layout):
    return np.unpackbits(np.frombuffer(layout, np.uint8))


def test_a_layout_is_as_far_from_another_as_their_levels():
    black = np.zeros((80, 80), np.uint8)
    assert bits(local.layout(black)).sum() == 16 * (2 + 2)  # no luminance, and grey in chroma
    white = np.full((80, 80), 255, np.uint8)
    assert (bits(local.layout(black)) ^ bits(local.layout(white))).sum() == 16 * 8
    corner = black.copy()
    corner[:20, :20] = 255
    assert (bits(local.layout(black)) ^ bits(local.layout(corner))).sum() == 8
    red = np.zeros((80, 80, 3), np.uint8)
    red[..., 0] = 76  # of grey's luminance, about
    assert bits(local.layout(red)).sum() != bits(local.layout(black)).sum()
