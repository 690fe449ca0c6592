"""People: links that open once, sessions that end."""

import pytest

from monoprint.errors import NotAllowed, UsageError
from monoprint.model.review import Duty
from monoprint.review import people

NOW = 1_800_000_000


def test_a_link_opens_once(desk):
    people.add(desk.catalog, "kim")
    link = people.link_token(desk.catalog, "kim", now=NOW)
    person, session = people.log_in(desk.catalog, link, now=NOW + 1)
    assert person.name == "kim"
    assert people.of_session(desk.catalog, session, now=NOW + 2) == person
    with pytest.raises(NotAllowed, match="used up"):
        people.log_in(desk.catalog, link, now=NOW + 2)


def test_a_link_and_a_session_grow_old(desk):
    people.add(desk.catalog, "kim")
    link = people.link_token(desk.catalog, "kim", now=NOW)
    with pytest.raises(NotAllowed):
        people.log_in(desk.catalog, link, now=NOW + people.LINK_SECONDS + 1)
    fresh = people.link_token(desk.catalog, "kim", now=NOW)
    _, session = people.log_in(desk.catalog, fresh, now=NOW)
    later = NOW + people.SESSION_SECONDS
    assert people.of_session(desk.catalog, session, now=later) is not None
    assert people.of_session(desk.catalog, session, now=later + 1) is None


def test_a_link_is_no_session_and_a_session_no_link(desk):
    people.add(desk.catalog, "kim")
    link = people.link_token(desk.catalog, "kim", now=NOW)
    assert people.of_session(desk.catalog, link, now=NOW) is None
    _, session = people.log_in(desk.catalog, link, now=NOW)
    with pytest.raises(NotAllowed):
        people.log_in(desk.catalog, session, now=NOW)
    people.log_out(desk.catalog, session)
    assert people.of_session(desk.catalog, session, now=NOW) is None


def test_who_was_removed_is_out_at_once(desk):
    people.add(desk.catalog, "kim", Duty.APPROVER)
    _, session = people.log_in(
        desk.catalog, people.link_token(desk.catalog, "kim", now=NOW), now=NOW
    )
    people.remove(desk.catalog, "kim")
    assert people.of_session(desk.catalog, session, now=NOW) is None
    with pytest.raises(NotAllowed):
        people.link_token(desk.catalog, "kim")
    people.add(desk.catalog, "kim")
    assert [p.name for p in people.everybody(desk.catalog) if p.active] == ["kim"]


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_a_name_is_a_name(desk, name):
    with pytest.raises(UsageError):
        people.add(desk.catalog, name)
