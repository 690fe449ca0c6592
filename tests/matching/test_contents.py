"""Contents: files of equal bytes, pictures of equal pixels, and which pixels can decide."""

import numpy as np
import pytest

from monoprint.catalog.store import Codes, Pictures
from monoprint.matching import contents
from monoprint.matching.contents import Contents


def digest(word):
    return np.frombuffer(str(word).encode().ljust(32, b"."), np.uint8)


def sketch_of(text):
    """The path a JPEG was read by, and what it looked like; none for another format."""
    return np.frombuffer(text.encode().ljust(17, b"\0"), np.uint8)


def pictures_of(contents_of_files, sizes=None, frames=None, sketches=None, ids=None):
    n = len(contents_of_files)
    sizes = np.array(sizes or [(40, 30)] * n, np.int32).reshape(n, 2)
    return Pictures(
        ids=np.array(ids if ids is not None else range(1, n + 1), np.int64),
        store=np.zeros(n, np.int32),
        bytes=np.full(n, 100, np.int64),
        inode=np.zeros(n, np.int64),
        device=np.zeros(n, np.int64),
        width=sizes[:, 0].copy(),
        height=sizes[:, 1].copy(),
        frames=np.array(frames or [1] * n, np.int32),
        format=np.zeros(n, np.int16),
        formats=("PNG",),
        sha256=np.array([digest(word) for word in contents_of_files], np.uint8).reshape(n, 32),
        sketch=np.array([sketch_of(s) for s in sketches or [""] * n], np.uint8).reshape(n, 17),
        pixels=np.zeros((n, 32), np.uint8),
    )


def codes_of(file_ids, frames=None):
    n = len(file_ids)
    return Codes(
        file_id=np.array(file_ids, np.int64),
        frame=np.array(frames or [0] * n, np.int32),
        code=np.zeros((n, 4), np.uint64),
        quality=np.full(n, 100, np.uint8),
    )


# Bytes and pixels


def test_files_of_equal_bytes_are_one_content_numbered_by_its_first_file():
    held = contents.by_bytes(pictures_of("abacb"))
    assert held.of_file.tolist() == [0, 1, 0, 2, 1]
    assert held.first.tolist() == [0, 1, 3]
    assert len(held) == 3


def test_no_files_have_no_contents():
    held = contents.by_bytes(pictures_of(""))
    assert len(held) == len(held.of_file) == 0
    assert len(contents.by_pixels(held, np.empty((0, 32), np.uint8))) == 0


def test_contents_of_equal_pixels_are_one_picture_and_unknown_ones_their_own():
    held = contents.by_bytes(pictures_of("abcdef"))
    identities = np.zeros((6, 32), np.uint8)
    identities[[1, 4]] = digest("cat")
    identities[3] = digest("dog")
    assert contents.by_pixels(held, identities).tolist() == [0, 1, 2, 3, 1, 4]


def test_an_identity_that_looks_like_a_number_is_not_taken_for_an_unknown_one():
    held = contents.by_bytes(pictures_of("abc"))
    identities = np.zeros((3, 32), np.uint8)
    identities[1, 0] = 1
    identities[2, 31] = 1
    assert contents.by_pixels(held, identities).tolist() == [0, 1, 2]


def test_positions_are_found_by_id_in_any_order():
    pictures = pictures_of("abcd", ids=[30, 7, 12, 21])
    asked = np.array([12, 30, 12, 7, 21], np.int64)
    assert contents.positions(pictures, asked).tolist() == [2, 0, 2, 1, 3]


def test_only_codes_of_a_content_s_first_file_count():
    pictures = pictures_of("abab", ids=[30, 7, 12, 21])  # contents a: 30, 12; b: 7, 21
    held = contents.by_bytes(pictures)
    codes = codes_of([7, 7, 12, 21, 30], [0, 1, 0, 0, 0])
    assert contents.of_first_files(pictures, held, codes.file_id).tolist() == [1, 1, -1, -1, 0]


# Which pixels can decide


def identify(node, near=(), **columns):
    """Ask for one file and one content a node, one frame each."""
    pictures = pictures_of(range(len(node)), **columns)
    return contents.to_identify(
        pictures,
        contents.by_bytes(pictures),
        np.arange(len(node)),
        np.array(node, np.int64),
        np.array(near, np.uint32).reshape(-1, 2),
    ).tolist()


def test_contents_of_one_size_and_one_code_are_compared():
    assert identify([0, 1, 0]) == [0, 2]


def test_contents_of_one_size_and_near_codes_are_compared():
    assert identify([0, 1, 2, 3], near=[(1, 3)]) == [1, 3]


def test_near_codes_reach_across_a_third():
    assert identify([0, 1, 2], near=[(0, 1), (1, 2)]) == [0, 1, 2]


@pytest.mark.parametrize("size", [(41, 30), (40, 31), (30, 40)])
def test_another_size_cannot_be_equal(size):
    assert identify([0, 0], sizes=[(40, 30), size]) == []


def test_another_number_of_frames_cannot_be_equal():
    assert identify([0, 0], frames=[1, 2]) == []
    assert identify([0, 0], frames=[2, 2]) == [0, 1]


def test_plain_contents_are_compared_by_their_size_alone():
    sizes = [(40, 30), (40, 30), (9, 9), (40, 30)]
    assert identify([-1, -1, -1, 0], sizes=sizes) == [0, 1]


def test_plain_contents_without_any_code_are_compared():
    assert identify([-1, -1]) == [0, 1]


def test_jpegs_read_by_one_path_are_compared_where_their_sketches_are_equal():
    assert identify([0, 0, 0], sketches=["bcat", "bdog", "bcat"]) == [0, 2]
    assert identify([0, 0], sketches=["bcat", "bdog"]) == []


def test_jpegs_read_by_different_paths_are_always_compared():
    assert identify([0, 0], sketches=["bcat", "pdog"]) == [0, 1]
    assert identify([0, 0], sketches=["bcat", "pcat"]) == [0, 1]


def test_a_jpeg_and_another_format_are_always_compared():
    assert identify([0, 0], sketches=["bcat", ""]) == [0, 1]


def test_jpegs_of_different_sketches_are_compared_with_a_third_of_another_path():
    assert identify([0, 0, 0], sketches=["bcat", "bdog", ""]) == [0, 1, 2]


def test_equal_sketches_of_different_codes_or_sizes_say_nothing():
    assert identify([0, 1], sketches=["bcat", "bcat"]) == []
    assert identify([0, 0], sketches=["bcat", "bcat"], sizes=[(40, 30), (40, 31)]) == []


def test_contents_alone_need_no_pixels():
    assert identify([0, 1, 2]) == []
    assert identify([]) == []


def test_the_answer_is_by_content_whatever_the_order_of_codes():
    pictures = pictures_of("abcd")
    held = contents.by_bytes(pictures)
    content = np.array([3, 1, 0, 2])
    node = np.array([0, 1, 0, 2])
    none = np.empty((0, 2), np.uint32)
    assert contents.to_identify(pictures, held, content, node, none).tolist() == [0, 3]


def test_a_content_is_measured_by_its_first_file():
    pictures = pictures_of("aab", sizes=[(40, 30), (1, 1), (40, 30)])
    held = Contents(np.array([0, 0, 1]), np.array([0, 2]))
    none = np.empty((0, 2), np.uint32)
    both = contents.to_identify(pictures, held, np.array([0, 1]), np.array([0, 0]), none)
    assert both.tolist() == [0, 1]


def test_near_codes_of_later_frames_alone_are_no_first_frame_s():
    """A file's last frames may have the highest codes of all, and be near each other."""
    assert identify([0, 0], frames=[3, 3], near=[(0, 1), (1, 2)]) == [0, 1]
