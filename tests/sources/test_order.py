"""Sorting a listing by path, in parts and in whole."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monoprint.model.asset import Listed, Status
from monoprint.sources import order
from monoprint.sources.order import by_path

entries = st.builds(
    Listed,
    path=st.text("abAB/é\U0001f5bc", max_size=4),
    bytes=st.integers(0, 1 << 62),
    modified_ns=st.integers(-(1 << 63), (1 << 63) - 1),
    inode=st.integers(0, (1 << 64) - 1),
    barred=st.text(max_size=5),
    status=st.sampled_from(Status),
    version=st.text(max_size=5),
    checksum=st.text(max_size=5),
    identity=st.text(max_size=5),
    unit=st.text(max_size=5),
    attributes=st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=2).map(tuple),
)


@given(st.lists(entries, max_size=40), st.integers(1, 50))
def test_entries_come_sorted_whole_and_once_however_long_a_run_is(listed, run):
    later = {entry.path: entry for entry in listed}
    assert list(by_path(listed, run)) == [later[path] for path in sorted(later)]


@pytest.mark.parametrize("number", [0, 1, 9, 10, 11, 20, 21])
def test_every_number_of_entries_about_that_of_a_run(number):
    listed = [Listed(f"{n:03}") for n in range(number)]
    assert list(by_path(reversed(listed), 10)) == listed


def test_more_runs_than_are_merged_at_a_time(monkeypatch):
    monkeypatch.setattr(order, "_WAYS", 3)
    listed = [Listed(f"{n:03}", n) for n in range(100)]
    stale = [Listed(entry.path, 999) for entry in listed]
    assert list(by_path([*stale, *reversed(listed)], 7)) == listed


def test_memory_is_that_of_a_run():
    def coming(number):
        for n in range(number):
            yield Listed(f"folder/{(n * 7919) % number:08}.jpg", n, version="v" * 32)

    def peak(number):
        tracemalloc.start()
        assert sum(1 for _ in by_path(coming(number), 2_000)) == number
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(80_000) < 6 * peak(4_000)


def test_files_are_closed_when_the_reader_stops_early():
    sorting = by_path((Listed(str(n)) for n in range(100)), 10)
    assert next(sorting).path == "0"
    sorting.close()
    assert list(sorting) == []
