"""Where two pictures differ, in words."""

import pytest

from monoprint.findings.places import in_words
from monoprint.model.match import Box


@pytest.mark.parametrize(
    ("boxes", "words"),
    [
        ([], ""),
        ([(0, 0, 0.2, 0.2)], "upper left, 4 % of the picture"),
        ([(0.4, 0.4, 0.6, 0.6)], "middle, 4 % of the picture"),
        ([(0.8, 0.9, 1, 1)], "lower right, 2 % of the picture"),
        ([(0, 0.45, 0.1, 0.5)], "left, less than 1 % of the picture"),
        ([(0.8, 0.9, 1, 1), (0, 0, 0.1, 0.3)], "upper left and lower right, 5 % of the picture"),
        (
            [(0.4, 0, 0.6, 0.1), (0.4, 0.05, 0.5, 0.1), (0.4, 0.9, 0.6, 1), (0, 0.4, 0.1, 0.6)],
            "top, left and bottom, 6 % of the picture",
        ),
        ([(0, 0, 1, 1)], "all over, 100 % of the picture"),
        ([(x / 3, y / 3, x / 3 + 0.1, y / 3 + 0.1) for x in range(3) for y in range(3)],
         "all over, 9 % of the picture"),
        ([(-0.5, -0.5, 0.1, 0.1)], "upper left, 1 % of the picture"),
        ([(0.88, 0.9, 1.5, 1.5)], "lower right, 1 % of the picture"),
    ],
)  # fmt: skip
def test_places_are_named(boxes, words):
    assert in_words(Box(*box) for box in boxes) == words


def test_the_order_of_places_does_not_matter():
    boxes = [Box(0, 0, 0.1, 0.3), Box(0.8, 0.9, 1, 1), Box(0.4, 0.4, 0.5, 0.5)]
    assert in_words(boxes) == in_words(boxes[::-1])
