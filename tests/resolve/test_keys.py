"""Keys: whose signature counts, and whose does not."""

import stat
from dataclasses import replace

import pytest

from monoprint.errors import NotAllowed, UsageError
from monoprint.model.plan import Plan
from monoprint.resolve import keys, planfile
from monoprint.resolve.keys import APPROVER, AUTHOR, Keyring

AT = "2026-01-01T00:00:00Z"


@pytest.fixture
def ring(tmp_path):
    return Keyring(tmp_path / "config")


@pytest.fixture
def plan(ground) -> Plan:
    return ground.write()


def signed(plan, ring, name, role=APPROVER):
    return replace(plan, signatures=(*plan.signatures, ring.sign(name, role, AT, plan.digest)))


def test_a_key_is_its_owners_alone(ring, tmp_path):
    public = ring.make("lee")
    path = tmp_path / "config" / "keys" / "lee.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(bytes.fromhex(public)) == 32
    with pytest.raises(UsageError, match="already"):
        ring.make("lee")
    path.chmod(0o640)
    with pytest.raises(NotAllowed, match="others may read"):
        ring.sign("lee", APPROVER, AT, b"x" * 32)
    path.chmod(0o600)
    path.write_text("no key")
    with pytest.raises(NotAllowed, match="no key that can be read"):
        ring.sign("lee", APPROVER, AT, b"x" * 32)


def test_an_approval_counts_by_a_trusted_key_of_that_name_alone(ring, plan):
    public = ring.make("lee")
    approved = signed(plan, ring, "lee")
    assert keys.approvals(approved, ring.trusted()) == []
    assert keys.untrusted(approved, ring.trusted()) == list(approved.signatures)
    ring.trust("mo", public)
    assert keys.approvals(approved, ring.trusted()) == []
    ring.trust("lee", public)
    assert keys.approvals(approved, ring.trusted()) == ["lee"]
    assert keys.untrusted(approved, ring.trusted()) == []
    assert keys.approvals(plan, ring.trusted()) == []


@pytest.mark.parametrize("field", ["name", "role", "at", "signature"])
def test_a_signature_holds_for_all_that_it_says(ring, plan, field):
    ring.trust("lee", ring.make("lee"))
    approved = signed(plan, ring, "lee")
    (signature,) = approved.signatures
    changed = {
        "name": "mo", "role": AUTHOR, "at": "2027", "signature": "00" * 64,
    }[field]  # fmt: skip
    forged = replace(approved, signatures=(replace(signature, **{field: changed}),))
    assert keys.approvals(forged, ring.trusted()) == keys.untrusted(forged, {}) == []
    other = replace(approved, digest=bytes(32))
    assert keys.approvals(other, ring.trusted()) == []


def test_the_author_is_no_second_person_under_any_name(ring, plan):
    ring.trust("kim", ring.make("kim"))
    own = signed(plan, ring, "kim")
    assert keys.approvals(own, ring.trusted()) == keys.untrusted(own, {}) == []
    with pytest.raises(NotAllowed, match="two persons"):
        keys.check_approver(plan, " KIM ", "")
    authored = signed(plan, ring, "kim", AUTHOR)
    with pytest.raises(NotAllowed, match="two persons"):
        keys.check_approver(authored, "somebody else", authored.signatures[0].key)
    alone = replace(plan, head=replace(plan.head, persons=1))
    keys.check_approver(alone, "kim", "")


def test_signatures_are_added_to_the_file_and_a_second_one_replaces_the_first(ring, ground):
    ground.put("a:keep", b"x")
    ground.put("b:copy", b"x")
    ground.step("quarantine", "b:copy", "a:keep")
    made = ground.write()
    for name in ("lee", "mo"):
        ring.make(name)
        made = planfile.sign(ground.plan_file, made, ring.sign(name, APPROVER, AT, made.digest))
    made = planfile.sign(ground.plan_file, made, ring.sign("lee", APPROVER, "later", made.digest))
    read = planfile.read(ground.plan_file)
    assert read == made
    assert [(s.name, s.at) for s in read.signatures] == [("mo", AT), ("lee", "later")]


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 101, "a\nb"])
def test_a_keys_name_is_no_path(ring, name):
    with pytest.raises(UsageError):
        ring.make(name)


@pytest.mark.parametrize("key", ["", "zz" * 32, "00" * 31, "not hex"])
def test_what_is_no_public_key_is_not_trusted(ring, key):
    with pytest.raises(UsageError, match="no public key"):
        ring.trust("lee", key)


def test_a_damaged_list_of_approvers_is_an_error(ring, tmp_path):
    ring.trust("lee", ring.make("lee"))
    (tmp_path / "config" / "approvers.toml").write_text("lee = ")
    with pytest.raises(UsageError, match="cannot read"):
        ring.trusted()
    assert [p.name for p in (tmp_path / "config" / "keys").iterdir()] == ["lee.pem"]
