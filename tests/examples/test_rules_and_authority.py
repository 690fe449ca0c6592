"""The published examples of rules and authorities are what the program reads."""

from datetime import date
from pathlib import Path

from monoprint.model.review import Place
from monoprint.pipeline.reconcile import ACTIONS
from monoprint.resolve import authority, keep
from monoprint.resolve.authority import Blocked

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_rules_are_read():
    rules = keep.load(EXAMPLES / "rules.toml")
    assert rules.settle == keep.DEFAULT.settle
    assert len(rules.keep) == 10
    assert rules.keep[0].words == "store landreg before housing before tourism"


def test_the_authority_is_read_and_does_what_its_comments_say():
    loaded = authority.load(EXAMPLES / "authority.toml", ACTIONS)

    def asked(store, path, action):
        return loaded.check(Place(store, path, bytes(32)), None, action, date(2026, 6, 1))

    assert asked("housing", "a.jpg", "symlink").reference == "DA-2026-007"
    assert asked("tourism", "web/a.jpg", "quarantine").reference == "DA-2026-011"
    assert asked("tourism", "web/a.jpg", "symlink").blocked is Blocked.AUTHORITY
    assert asked("tourism", "a.jpg", "quarantine").blocked is Blocked.AUTHORITY
    assert asked("tourism", "press/a.jpg", "quarantine").blocked is Blocked.HOLD
    assert asked("landreg", "a.jpg", "quarantine").blocked is Blocked.RETENTION
    assert loaded.persons == 2
