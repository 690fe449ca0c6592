"""The history: what is done to it is found."""

import sqlite3

import pytest

from monoprint.catalog.store import open_catalog
from monoprint.errors import UnknownGroup, UsageError
from monoprint.model.history import Head
from monoprint.model.review import Answer, Verdict
from monoprint.review import chain, decisions


@pytest.fixture
def written(tmp_path):
    """A catalog with eight rows of history, and its file."""
    catalog = open_catalog(tmp_path / "catalog.sqlite")
    for n in range(8):
        chain.note(catalog, f"person {n % 3}", "noted", f"thing {n}", why="because", at=f"2026-{n}")
    yield catalog, tmp_path / "catalog.sqlite"
    catalog.close()


def tamper(path, *statements):
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_an_untouched_history_holds(written):
    catalog, _ = written
    found = chain.verify(catalog, [chain.head(catalog)])
    assert (found.rows, found.faults) == (8, ())


@pytest.mark.parametrize("column", ["at", "who", "act", "subject", "why", "what"])
def test_a_changed_row_is_found(written, column):
    catalog, path = written
    tamper(path, f"UPDATE history SET {column} = {column} || 'x' WHERE seq = 4")
    assert chain.verify(catalog).faults == ("row 4 was changed",)


def test_a_row_changed_with_its_digest_is_found_by_the_next(written):
    catalog, path = written
    tamper(path, "UPDATE history SET digest = zeroblob(32) WHERE seq = 4")
    assert chain.verify(catalog).faults == ("row 4 was changed", "row 5 does not continue row 4")


@pytest.mark.parametrize("seq", [1, 4])
def test_a_removed_row_is_found(written, seq):
    catalog, path = written
    tamper(path, f"DELETE FROM history WHERE seq = {seq}")
    assert any("missing" in fault for fault in chain.verify(catalog).faults)


def test_a_removed_row_is_found_even_if_the_rest_is_renumbered(written):
    catalog, path = written
    tamper(path, "DELETE FROM history WHERE seq = 4",
           "UPDATE history SET seq = -seq WHERE seq > 4",
           "UPDATE history SET seq = -seq - 1 WHERE seq < 0")  # fmt: skip
    assert "row 4 does not continue row 3" in chain.verify(catalog).faults


def test_rows_that_changed_places_are_found(written):
    catalog, path = written
    tamper(path, "UPDATE history SET seq = -3 WHERE seq = 3",
           "UPDATE history SET seq = 3 WHERE seq = 4",
           "UPDATE history SET seq = 4 WHERE seq = -3")  # fmt: skip
    faults = chain.verify(catalog).faults
    assert {"row 3 was changed", "row 4 was changed"} <= set(faults)


def test_a_history_that_was_cut_off_is_found(written):
    catalog, path = written
    tamper(path, "DELETE FROM history WHERE seq > 6")
    assert chain.verify(catalog).faults == (
        "the history ends with row 6, and row 8 was noted as its end",
    )


def test_one_cut_off_with_its_end_noted_anew_is_found_by_what_was_noted_elsewhere(written):
    catalog, path = written
    elsewhere = chain.head(catalog)
    tamper(path, "DELETE FROM history WHERE seq > 6",
           "UPDATE history_head SET seq = 6,"
           " digest = (SELECT digest FROM history WHERE seq = 6)")  # fmt: skip
    assert chain.verify(catalog).faults == ()
    assert "is missing" in chain.verify(catalog, [elsewhere]).faults[0]
    for n in range(3):
        chain.note(catalog, "nobody", "noted", str(n))
    assert "not the one" in chain.verify(catalog, [elsewhere]).faults[0]


def test_a_history_that_never_was_has_no_faults(tmp_path):
    catalog = open_catalog(tmp_path / "catalog.sqlite")
    assert chain.verify(catalog, [Head(0, bytes(32))]).faults == ()
    catalog.close()


def test_it_is_read_by_place_content_and_group(desk, make_group, digest):
    desk.put({"a:1": "x", "a:2": "x", "b:3": "y", "b:4": "y"})
    desk.audit(make_group(("a:1", "x"), ("a:2", "x")), make_group(("b:3", "y"), ("b:4", "y")))
    for view in desk.queue():
        group = view.group
        decisions.decide(
            desk.catalog, Answer(group.key, group.version, Verdict.KEEP, "kim", "", (0,))
        )
    (by_place,) = chain.read(desk.catalog, "b:4")
    (by_content,) = chain.read(desk.catalog, digest("y").hex())
    assert by_place == by_content
    assert len(list(chain.read(desk.catalog))) == 3
    assert chain.verify(desk.catalog).faults == ()
    with pytest.raises(UnknownGroup):
        chain.read(desk.catalog, "b:none")
    with pytest.raises(UsageError):
        chain.read(desk.catalog, "abc")
