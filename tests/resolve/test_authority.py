"""Holds, retention and disposal authority: what may happen to whom, and when it ends."""

from datetime import date

import pytest

from monoprint.errors import RulesError
from monoprint.model.review import Place
from monoprint.resolve import authority
from monoprint.resolve.authority import Blocked
from monoprint.resolve.patterns import matches

ON = date(2026, 6, 1)
ACTIONS = frozenset({"hardlink", "quarantine", "delete"})
GRANT = """
[[authority]]
reference = "DA-1"
approver = "Records office"
expires = 2027-06-30
stores = ["a"]
"""


@pytest.fixture
def load(tmp_path):
    def loading(text: str) -> authority.Authority:
        path = tmp_path / "authority.toml"
        path.write_text(text)
        return authority.load(path, ACTIONS)

    return loading


def place(path="deeds/1.jpg", store="a", content=b"x"):
    return Place(store, path, content.ljust(32))


def check(loaded, where=None, facts=None, action="quarantine", on=ON, attributes=None):
    return loaded.check(where or place(), facts, action, on, attributes)


def test_without_an_authority_nothing_may_happen():
    assert check(authority.NONE).blocked is Blocked.AUTHORITY
    assert check(authority.NONE).why == "authority: none"
    assert authority.NONE.persons == 2


def test_an_authority_covers_its_stores_until_it_expires(load):
    loaded = load(GRANT)
    assert check(loaded).reference == "DA-1"
    assert check(loaded, place(store="b")).blocked is Blocked.AUTHORITY
    assert check(loaded, on=date(2027, 6, 30)).blocked is None
    assert "expired" in check(loaded, on=date(2027, 7, 1)).why


def test_an_authority_can_be_for_a_series_and_for_some_actions(load):
    loaded = load("""
    [[series]]
    name = "HLD-4"
    stores = ["a"]
    paths = ["deeds/**"]
    [[authority]]
    reference = "DA-2"
    approver = "x"
    expires = 2027-01-01
    series = ["HLD-4"]
    actions = ["hardlink"]
    """)
    assert check(loaded, action="hardlink").reference == "DA-2"
    assert "does not cover quarantine" in check(loaded).why
    assert check(loaded, action="report").reference == "DA-2"
    assert check(loaded, place("plans/1.jpg"), action="hardlink").blocked is Blocked.AUTHORITY


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        ('stores = ["a"]', True),
        ('stores = ["b"]', False),
        ('paths = ["deeds/*.jpg"]', True),
        ('paths = ["*.jpg"]', False),
        ('stores = ["a"]\npaths = ["plans/**"]', False),
        ('metadata = { "exif.DateTimeOriginal" = "2019*" }', True),
        ('metadata = { "exif.DateTimeOriginal" = "2020*" }', False),
        ('list = "list.txt"', True),
        ('attributes = { series = "deeds*" }', True),
        ('attributes = { series = "plans*" }', False),
        ('attributes = { series = "deeds*", branch = "*" }', False),
        ('stores = ["a"]\nattributes = { retention = "permanent" }', True),
        ('stores = ["b"]\nattributes = { retention = "permanent" }', False),
    ],
)
def test_a_hold_covers_what_meets_all_that_it_names(load, tmp_path, scope, held):
    (tmp_path / "list.txt").write_text("# files\na:deeds/1.jpg\n")
    loaded = load(f'{GRANT}\n[[hold]]\nname = "Case"\nreason = "court"\n{scope}')
    facts = {"exif.DateTimeOriginal": "2019:01:01 00:00:00"}
    attributes = {"series": ("deeds of land",), "retention": ("7 years", "permanent")}
    found = check(loaded, facts=facts, attributes=attributes)
    assert (found.blocked is Blocked.HOLD) is held


def test_a_list_names_contents_too(load, tmp_path):
    (tmp_path / "list.txt").write_text(place().sha256.hex() + "\n")
    loaded = load(GRANT + '[[hold]]\nname = "C"\nreason = "r"\nlist = "list.txt"')
    assert check(loaded, place("moved/elsewhere.jpg")).blocked is Blocked.HOLD
    assert check(loaded, place(content=b"y")).blocked is None


def test_what_is_not_known_is_held_and_not_allowed(load):
    held = load(GRANT + '[[hold]]\nname = "C"\nreason = "r"\nmetadata = { "exif.Make" = "A*" }')
    assert check(held, facts=None).blocked is Blocked.HOLD
    assert check(held, facts={"unread": "damaged"}).blocked is Blocked.HOLD
    assert check(held, facts={}).blocked is None
    granted = load("""
    [[series]]
    name = "S"
    metadata = { "exif.Make" = "A*" }
    [[authority]]
    reference = "DA"
    approver = "x"
    expires = 2027-01-01
    series = ["S"]
    """)
    assert check(granted, facts=None).blocked is Blocked.AUTHORITY
    assert check(granted, facts={"exif.Make": "Acme"}).blocked is None


def test_files_that_the_catalog_does_not_know_are_held_and_not_allowed(load):
    scope = 'attributes = { series = "deeds" }'
    held = load(f'{GRANT}\n[[hold]]\nname = "C"\nreason = "r"\n{scope}')
    assert held.needs_attributes
    assert not held.needs_facts
    assert check(held).blocked is Blocked.HOLD
    assert check(held, attributes={}).blocked is None
    granted = load(f"""
    [[series]]
    name = "S"
    {scope}
    [[authority]]
    reference = "DA"
    approver = "x"
    expires = 2027-01-01
    series = ["S"]
    """)
    assert check(granted).blocked is Blocked.AUTHORITY
    assert check(granted, attributes={"series": ("deeds",)}).blocked is None
    assert check(granted, attributes={"series": ("deeds", "plans")}).blocked is Blocked.AUTHORITY


def test_a_hold_ends_on_its_day_and_retention_on_its(load):
    loaded = load(
        GRANT
        + """
    [[hold]]
    name = "C"
    reason = "r"
    stores = ["a"]
    until = 2026-05-31
    [[retention]]
    name = "seven years"
    paths = ["deeds/**"]
    keep_until = 2026-06-01
    """
    )
    assert check(loaded).blocked is Blocked.RETENTION
    assert check(loaded, on=date(2026, 5, 31)).blocked is Blocked.HOLD
    assert check(loaded, on=date(2026, 6, 2)).blocked is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("persons = 3", "line 1: persons: a whole number from 1 to 2"),
        ('\n[[hold]]\nname = "x"', "line 2: hold[1].reason: a text is needed"),
        ('[[hold]]\nname = "x"\nreason = "y"', "line 2: hold[1].name: name what it covers"),
        (GRANT + GRANT.replace('"DA-1"', "3"), "line 9: authority[2].reference: a text"),
        (GRANT.replace("2027-06-30", '"2027-06-30"'), "line 5: authority[1].expires: a date"),
        (GRANT.replace('stores = ["a"]', 'series = ["none"]'), "no series none"),
        (GRANT.replace('stores = ["a"]', ""), "covers stores or series"),
        (GRANT + 'actions = ["shred"]', "line 7: authority[1].actions: there is no action shred"),
        (GRANT + 'store = "a"', "line 7: authority[1].store: there is no such key"),
        ('[[retention]]\nname = "x"\nstores = ["a"]', "keep_until: a day is needed"),
        ('[[hold]]\nname = "x"\nreason = "y"\nlist = "none.txt"', "line 4: hold[1].list: cannot"),
        ('hold = 3', "tables are needed here: [[hold]]"),
    ],
)  # fmt: skip
def test_errors_name_line_and_key(load, text, said):
    with pytest.raises(RulesError) as raised:
        load(text)
    assert said in str(raised.value)
    assert raised.value.exit_code == 15


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("masters/**", "masters/a/b.tif", True),
        ("masters/**", "x/masters/b.tif", False),
        ("**/masters/**", "masters/b.tif", True),
        ("**/masters/**", "x/y/masters/b.tif", True),
        ("*.tif", "a/b.tif", False),
        ("a/*/c", "a/b/c", True),
        ("a/*/c", "a/b/b/c", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a+(b).[c]", "a+(b).[c]", True),
    ],
)
def test_patterns_are_of_whole_paths(pattern, path, fits):
    assert matches(pattern, path) is fits
