"""Properties of any plan: what stays is not lost, undo brings all back, twice is once."""

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monoprint.model.plan import Action

ACTIONS = [Action.HARDLINK, Action.SYMLINK, Action.REFLINK, Action.QUARANTINE, Action.REPORT]


@st.composite
def trees(draw):
    """Draw files (place to content, mode, time), hard links, and steps between them."""
    names = draw(
        st.lists(
            st.tuples(st.sampled_from("ab"), st.sampled_from(["", "x/", "x/y/"]),
                      st.sampled_from("123456")),
            min_size=2, max_size=10, unique=True,
        )
    )  # fmt: skip
    files = {
        f"{store}:{folder}{name}": (
            draw(st.sampled_from([b"", b"one", b"two"])),
            draw(st.sampled_from([0o644, 0o600])),
            draw(st.integers(10**18, 2 * 10**18)),
        )
        for store, folder, name in names
    }
    places = sorted(files)
    links = draw(st.lists(st.tuples(st.sampled_from(places), st.integers(0, 1)), max_size=2))
    keepers = draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True))
    steps = [
        (draw(st.sampled_from(ACTIONS)), place, draw(st.sampled_from(keepers)))
        for place in places
        if place not in keepers and draw(st.booleans())
    ]
    return files, links, steps


def laid_out(make_ground, folder, tree):
    files, links, steps = tree
    ground = make_ground(Path(folder))
    for place, (data, mode, mtime) in files.items():
        ground.put(place, data, mode, mtime)
    for number, (place, store) in enumerate(links):
        other = ground.path(f"{'ab'[store]}:link{number}")
        if not other.exists():
            os.link(ground.path(place), other)
    for action, copy, keeper in steps:
        same = ground.path(copy).read_bytes() == ground.path(keeper).read_bytes()
        # The plan never links what differs; that is tested where plans are made.
        ground.step(action if same or not action.links else Action.QUARANTINE, copy, keeper)
    return ground


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees(), st.integers(1, 4))
def test_what_stays_stays_and_undo_brings_back_what_went(make_ground, quick_folder, tree, batch):
    with tempfile.TemporaryDirectory(dir=quick_folder) as folder:
        ground = laid_out(make_ground, folder, tree)
        before, contents = ground.state(), ground.contents()
        keepers = {keeper: ground.path(keeper).read_bytes() for _, _, keeper in tree[2]}
        first = ground.apply(batch=batch)
        assert first.done + len(first.skipped) + first.reported == len(ground.steps)
        assert ground.contents() == contents
        for keeper, data in keepers.items():
            assert not ground.path(keeper).is_symlink()
            assert ground.path(keeper).read_bytes() == data
        once = ground.state()
        ground.apply(batch=batch)
        assert ground.state() == once
        undone = ground.undo(batch=batch)
        assert undone.failed == []
        known = not any("hard links" in why for *_, why in undone.lacking)
        assert ground.state(inodes=known) == {
            name: facts if known or facts[0] == "link" else (*facts[:4], "")
            for name, facts in before.items()
        }
        restored = ground.state()
        ground.undo(batch=batch)
        assert ground.state() == restored


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees(), st.data())
def test_undoing_in_any_order_and_portions_brings_back_the_same(
    make_ground, quick_folder, tree, data
):
    with tempfile.TemporaryDirectory(dir=quick_folder) as folder:
        ground = laid_out(make_ground, folder, tree)
        before = ground.state(inodes=False)
        outcome = ground.apply()
        skipped = {number for number, _, _ in outcome.skipped}
        done = [s.number for s in ground.steps
                if s.number not in skipped and s.action is not Action.REPORT]  # fmt: skip
        for number in data.draw(st.permutations(done)):
            assert ground.undo(number).undone == 1
        assert ground.state(inodes=False) == before
