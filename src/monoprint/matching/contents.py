"""Contents: files that hold the same bytes, and contents that hold the same pixels."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.catalog.store import Pictures
from monoprint.kernels.components import components
from monoprint.kernels.distinct import distinct

# How far apart the codes of equal pixels can be, in bits: a JPEG is decoded scaled down, its
# lossless copy in full and then scaled, which moved the code by 8 at most in the development set.
PIXEL_REACH: Final = 12


@dataclass(frozen=True, slots=True)
class Contents:
    """Files numbered by their bytes.

    `of_file` is the content of each file, int64 (N,); `first` the first file of each content,
    int64 (C,), ascending; contents are numbered in that order.
    """

    of_file: NDArray[np.int64]
    first: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)


def by_bytes(pictures: Pictures) -> Contents:
    """Return the files numbered by their SHA-256."""
    return Contents(*distinct(pictures.sha256))


def by_pixels(contents: Contents, identities: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the picture of each content, int64 (C,): equal where the pixels are.

    `identities` is uint8 (C, 32), all zero for a content whose pixels were not needed, which is
    then a picture of its own. Pictures are numbered in the order of their first content.
    """
    unknown = ~identities.any(axis=1)
    key = np.zeros((len(contents), 40), np.uint8)
    key[:, :32] = identities
    # A number of its own keeps an unknown content apart from all others.
    own = np.where(unknown, np.arange(1, len(contents) + 1), 0).astype(np.uint64)
    key[:, 32:] = own[:, None].view(np.uint8)
    return distinct(key)[0]


def positions(pictures: Pictures, file_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where in `pictures` the files with these ids are."""
    order = np.argsort(pictures.ids)
    return order[np.searchsorted(pictures.ids[order], file_ids)]


def of_first_files(
    pictures: Pictures, contents: Contents, file_ids: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the content of each row, by its file's id, if that is the content's first, else -1."""
    at = positions(pictures, file_ids)
    content = contents.of_file[at]
    return np.where(contents.first[content] == at, content, -1)


def to_identify(
    pictures: Pictures,
    contents: Contents,
    content: NDArray[np.int64],
    node: NDArray[np.int64],
    near: NDArray[np.uint32],
) -> NDArray[np.int64]:
    """Return the contents whose pixels can decide something, int64, ascending.

    `content` and `node` say of first frames which content they belong to and which distinct code
    they have, -1 for one too plain to be compared by its code; `near` are pairs of distinct codes
    within `PIXEL_REACH`. Contents can be equal in pixels if they have the same size and frames
    and codes that near; two JPEG files read by the same path only if their sketches are equal.
    """
    nodes = max(int(node.max(initial=-1)), int(near.max(initial=0)) if near.size else -1) + 1
    cluster = components(nodes, near).astype(np.int64)
    file = contents.first[content]
    group = np.stack(
        [
            np.where(node < 0, -1, cluster[node]) if nodes else node,
            pictures.width[file],
            pictures.height[file],
            pictures.frames[file],
        ],
        axis=1,
    )
    _, group_of = np.unique(group, axis=0, return_inverse=True)
    group_of = group_of.ravel()
    sketch = pictures.sketch[file]
    path = sketch[:, 0].astype(np.int64)  # 0: no sketch, else how the JPEG was read
    in_group = np.bincount(group_of)[group_of]
    like = _count_equal(np.stack([group_of, path], axis=1))
    twins = _count_equal(np.concatenate([group_of[:, None].view(np.uint8), sketch], axis=1))
    other_path = in_group > like
    same_path = (like > 1) & ((path == 0) | (twins > 1))
    return np.sort(content[other_path | same_path])


def _count_equal(rows: NDArray[np.generic]) -> NDArray[np.int64]:
    """Return for each row how many rows are equal to it, itself counted."""
    _, inverse, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    of_each: NDArray[np.int64] = counts[inverse.ravel()]
    return of_each
