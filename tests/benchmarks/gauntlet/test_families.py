"""Members of a drawn family look alike and are not the same."""

from itertools import combinations

import numpy as np
import pytest

from benchmarks.gauntlet import drawings, families
from benchmarks.gauntlet.sources import generator


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Draw members small, to be quick."""
    monkeypatch.setattr(
        families,
        "size",
        lambda rng, low, high, shapes=drawings.SHAPES: drawings.size(rng, 300, 400, shapes),
    )


@pytest.mark.parametrize("kind", families.FAMILIES)
def test_no_two_members_show_the_same(kind):
    family = families.FAMILIES[kind]
    members = family.draw(generator(kind))
    assert len(members) == family.members >= 3
    for one, other in combinations(members, 2):
        assert one.size == other.size
        assert np.abs(np.asarray(one, int) - np.asarray(other, int)).max() >= 8


def test_other_character_exchanges_one_for_another_of_its_kind():
    for text in ("4711", "Anna Berg", "1,024.50"):
        other = families.other_character(generator(text), text)
        changed = [(a, b) for a, b in zip(text, other, strict=True) if a != b]
        assert len(changed) == 1
        assert changed[0][0].isdigit() == changed[0][1].isdigit()
