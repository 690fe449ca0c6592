"""Choose the points that descriptors compare, as ORB's were: told apart best, and not all the same.

    python benchmarks/choose_pattern.py PICTURES [--pictures N] [--correlation C] [--seed S]

Candidates are drawn around a keypoint and tried at the keypoints of every other picture below the
folder PICTURES. The one that is nearest to being set half of the time comes first, then the next
that is correlated with none before by more than C, itself or mirrored, up to 128 (Rublee et al.
2011, section 4.3). They are dealt out to the descriptor's sixteen slots in turn, so that each slot
has some of the best: the Hamming join is the faster the evener its slots are filled. Prints the
table that stands in `monoprint.kernels.brief`, and how alike the descriptors of the other half of
the pictures are by chance.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from monoprint.errors import Unread
from monoprint.fingerprints import local
from monoprint.imaging.decode import open_picture
from monoprint.imaging.normalize import recipe_frames
from monoprint.kernels import brief

SPREAD = 5.5
CANDIDATES = 2560
HALF = brief.BITS // 2
PAIRS = 4_000_000


def candidates(seed: int) -> np.ndarray:
    """Rows (along, across, along, across) of two points within the patch, float32 (K, 4)."""
    drawn = np.rint(np.random.Generator(np.random.PCG64(seed)).normal(0, SPREAD, (20_000, 4)))
    first, second = drawn[:, :2], drawn[:, 2:]
    inside = (np.hypot(*first.T) <= brief.PATCH_RADIUS) & (
        np.hypot(*second.T) <= brief.PATCH_RADIUS
    )
    apart = (first != second).any(axis=1)
    off_axis = (first[:, 1] != 0) | (second[:, 1] != 0)  # else its mirror image is itself
    return drawn[inside & apart & off_axis][:CANDIDATES].astype(np.float32)


def tried(tests: np.ndarray, folder: Path, most: int, seed: int) -> list[np.ndarray]:
    """What each test and its mirror image say at pictures' keypoints, bool (M, K, 2) a picture."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    found: list[np.ndarray] = []
    for number in np.random.default_rng(seed).permutation(len(files)):
        if len(found) == most:
            break
        try:
            opened = open_picture(files[number].read_bytes(), files[number].name)
            _, pixels = next(recipe_frames(opened))
        except (Unread, OSError):
            continue
        grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        said = []
        for begin in range(0, len(tests), HALF):
            some = tests[begin : begin + HALF]
            brief.PATTERN = np.concatenate([some, some * [1, -1, 1, -1]]).astype(np.float32)
            code = local.features(np.ascontiguousarray(grey), local.KEYPOINTS).code
            bits = np.unpackbits(code.view(np.uint8), axis=1, bitorder="little")
            said.append(bits.reshape(-1, 2, HALF).transpose(0, 2, 1))
        if len(said[0]) == local.KEYPOINTS:
            found.append(np.concatenate(said, axis=1))
    return found


def chosen(said: np.ndarray, most: float) -> list[int]:
    """The tests by how even they are, each correlated with none before by more than `most`."""
    mean = said.mean(axis=(0, 2))
    upright, mirrored = ((said[..., side] - mean).astype(np.float32) for side in (0, 1))
    upright /= upright.std(axis=0)
    mirrored /= mirrored.std(axis=0)
    size = len(said)
    alike = np.maximum(abs(upright.T @ upright), abs(upright.T @ mirrored)) / size
    taken: list[int] = []
    for k in np.argsort(abs(mean - 0.5), kind="stable"):
        if alike[k, taken].max(initial=0) <= most:
            taken.append(int(k))
        if len(taken) == HALF:
            break
    return taken


def dealt(taken: list[int]) -> list[int]:
    """Deal the tests out to the eight slots of a half, there and back."""
    slots: list[list[int]] = [[] for _ in range(8)]
    for place, test in enumerate(taken):
        turn, slot = divmod(place, 8)
        slots[slot if turn % 2 == 0 else 7 - slot].append(test)
    return [test for slot in slots for test in slot]


def told(said: list[np.ndarray], tests: list[int]) -> str:
    """How alike descriptors of different pictures are, and how full the fullest slots."""
    bits = np.concatenate([each[:, tests] for each in said]).transpose(0, 2, 1).reshape(-1, 256)
    of = np.repeat(np.arange(len(said)), [len(each) for each in said])
    code = np.ascontiguousarray(np.packbits(bits, axis=1, bitorder="little")).view(np.uint64)
    slots = code.view(np.uint16).T
    share = [np.bincount(slot, minlength=1 << 16) / len(code) for slot in slots]
    crowding = float(np.mean([(each**2).sum() * (1 << 16) for each in share]))
    i, j = np.random.default_rng(0).integers(0, len(code), (2, PAIRS))
    i, j = i[of[i] != of[j]], j[of[i] != of[j]]
    apart = np.bitwise_count(code[i] ^ code[j]).sum(axis=1)
    near = ", ".join(
        f"{(apart <= radius).mean():.1e} within {radius}" for radius in (15, 24, 40, 70)
    )
    return f"{near}; slots crowded {crowding:.0f} times"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--pictures", dest="most", type=int, default=80)
    parser.add_argument("--correlation", type=float, default=0.45)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    tests = candidates(options.seed)
    said = tried(tests, options.pictures, options.most, options.seed)
    taken = chosen(np.concatenate(said[::2]), options.correlation)
    print(
        f"{len(taken)} tests; {told(said[1::2], dealt((taken + list(range(CANDIDATES)))[:HALF]))}"
    )
    print(f"as drawn: {told(said[1::2], list(range(HALF)))}")
    for row in tests[dealt(taken)].astype(int).reshape(-1, 16).tolist():
        print("    " + " ".join(f"{number}" for number in row))


if __name__ == "__main__":
    main()
