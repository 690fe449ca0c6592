"""JPEG's structure: headers, scans, and how little of a progressive file is enough."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.imaging import jpeg
from monoprint.imaging.decode import open_picture
from monoprint.imaging.normalize import recipe_pixels
from monoprint.kernels import pdq


@pytest.fixture(scope="module")
def baseline(picture, encode):
    return encode(picture, "JPEG")


@pytest.fixture(scope="module")
def progressive(picture, encode):
    return encode(picture, "JPEG", progressive=True)


def test_header_of_a_baseline_file(baseline):
    header = jpeg.read_header(baseline)
    assert header == jpeg.Header(False, (1, 2, 3), baseline.index(b"\xff\xda"), True)


def test_header_of_a_progressive_file(progressive):
    header = jpeg.read_header(progressive)
    assert header == jpeg.Header(True, (1, 2, 3), progressive.index(b"\xff\xda"), False)


def test_header_of_a_grey_file(picture, encode):
    header = jpeg.read_header(encode(picture.convert("L"), "JPEG", progressive=True))
    assert header.components == (1,)


def test_markers_inside_segments_are_passed_over(baseline, with_segment):
    payload = b"\xff\xda\0\x0c\x03\xff\xc2" * 20
    data = with_segment(baseline, 0xE1, payload)
    header = jpeg.read_header(data)
    assert not header.progressive
    assert header.scans_from == data.rindex(b"\xff\xda")


def test_fill_bytes_before_a_marker_are_passed_over(progressive):
    data = progressive[:2] + b"\xff" * 7 + progressive[2:]
    assert jpeg.read_header(data) == jpeg.Header(
        True, (1, 2, 3), jpeg.read_header(progressive).scans_from + 7, False
    )


@pytest.mark.parametrize("cut", ["frame", "scan"])
def test_a_file_without_frame_or_scan_has_no_header(baseline, cut):
    marker = b"\xff\xc0" if cut == "frame" else b"\xff\xda"
    assert jpeg.read_header(baseline[: baseline.index(marker)]) is None


def test_one_scan_of_a_baseline_file(baseline):
    header = jpeg.read_header(baseline)
    (scan,) = jpeg.scans(baseline, header)
    assert scan == jpeg.Scan(header.scans_from, (1, 2, 3), 0, 63, 0, 0)


def test_the_scans_of_a_progressive_file_cover_every_coefficient(progressive):
    header = jpeg.read_header(progressive)
    scans = list(jpeg.scans(progressive, header))
    assert scans[0].components == (1, 2, 3)
    assert (scans[0].first, scans[0].last, scans[0].high) == (0, 0, 0)
    starts = [scan.start for scan in scans]
    assert starts == sorted(starts)
    for component in (1, 2, 3):
        coded = set()
        for scan in scans:
            if component in scan.components:
                coded |= set(range(scan.first, scan.last + 1))
        assert coded == set(range(64))
    assert any(scan.high for scan in scans)


def test_scans_of_single_components(paint, one_by_one):
    data = one_by_one(paint())
    scans = list(jpeg.scans(data, jpeg.read_header(data)))
    assert [scan.components for scan in scans] == [(1,), (2,), (3,)]


@given(st.binary(max_size=300))
def test_garbage_has_a_header_or_none(data):
    for start in (b"", b"\xff\xd8", b"\xff\xd8\xff\xc2\x00\x11\x08\x00\x10\x00\x10\x03"):
        header = jpeg.read_header(start + data)
        if header is not None:
            assert header.components
            assert 0 <= header.scans_from < len(start + data)
            list(jpeg.scans(start + data, header))
        jpeg.first_scans(start + data)


@settings(max_examples=150, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 4000),
)
def test_a_damaged_file_has_a_header_or_none(progressive, changes, cut):
    data = bytearray(progressive[: max(len(progressive) - cut, 0)])
    for at, value in changes:
        if data:
            data[at % len(data)] = value
    data = bytes(data)
    header = jpeg.read_header(data)
    early = jpeg.first_scans(data)
    assert len(early) <= len(data) + 2
    if header is not None:
        starts = [scan.start for scan in jpeg.scans(data, header)]
        assert starts == sorted(set(starts))


# The first scans


@pytest.fixture(scope="module")
def large(paint):
    return paint(1100, 700)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_codes_of_the_first_scans_are_those_of_the_whole_picture(mode, large, encode):
    data = encode(large.convert(mode), "JPEG", quality=90, progressive=True)
    early = jpeg.first_scans(data)
    if mode != "CMYK":  # whose script may code its components in another order
        assert len(early) < len(data)
    whole = open_picture(encode(large.convert(mode), "JPEG", quality=90), "")
    opened = open_picture(data, "")
    codes, quality = pdq.codes(recipe_pixels(opened, opened.image))
    expected, expected_quality = pdq.codes(recipe_pixels(whole, whole.image))
    assert np.bitwise_count(codes ^ expected).sum(axis=1).max() <= 6
    assert abs(quality - expected_quality) <= 3


def test_the_first_scans_are_fewer_bytes_and_end_as_a_file_does(large, encode):
    data = encode(large, "JPEG", quality=90, progressive=True)
    early = jpeg.first_scans(data)
    assert early.endswith(b"\xff\xd9")
    assert data.startswith(early[:-2])
    scans = list(jpeg.scans(early, jpeg.read_header(early)))
    assert 2 <= len(scans) < len(list(jpeg.scans(data, jpeg.read_header(data))))


def test_a_baseline_file_is_left_as_it_is(baseline):
    assert jpeg.first_scans(baseline) is baseline


def test_a_file_that_does_not_reach_its_end_is_left_as_it_is(progressive):
    """So that decoding it whole finds out that it is cut."""
    for cut in (progressive[:-2], progressive[: len(progressive) * 3 // 4]):
        assert jpeg.first_scans(cut) is cut


def test_what_is_no_jpeg_is_left_as_it_is():
    assert jpeg.first_scans(b"nothing") == b"nothing"
