"""Keys: who signs plans, and whose signatures count. Ed25519 (RFC 8032)."""

import json
import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from monoprint.errors import NotAllowed, UsageError
from monoprint.model.history import canonical
from monoprint.model.plan import Plan, Signature

_DOMAIN: Final = "monoprint plan signature 1"
AUTHOR: Final = "author"
APPROVER: Final = "approver"
_NAME: Final = re.compile(r"[^\W_][\w .@-]{0,99}")


def config_folder() -> Path:
    """Return the folder of this user's settings (XDG on Linux)."""
    import platformdirs

    return Path(platformdirs.user_config_dir("monoprint"))


class Keyring:
    """A person's own keys, and the public keys of the approvers whom they trust.

    Own keys are ``keys/NAME.pem`` (PKCS #8, readable by their owner alone), trusted ones lines of
    ``approvers.toml``.
    """

    def __init__(self, folder: Path) -> None:
        self._keys = folder / "keys"
        self._trusted = folder / "approvers.toml"

    def make(self, name: str) -> str:
        """Make a key and return its public half (hexadecimal). Raises UsageError for a second."""
        path = self._path(name)
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self._keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise UsageError(
                f"there is a key of {name} already: {path}",
                advice="Move it away if it must be replaced; plans it signed stay signed.",
            ) from error
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        return _public(key)

    def has(self, name: str) -> bool:
        """Say whether there is a key of this name."""
        return self._path(name).exists()

    def sign(self, name: str, role: str, at: str, digest: bytes) -> Signature:
        """Sign a plan's digest. Raises NotAllowed without a key, or if others can read it."""
        path = self._path(name)
        try:
            with path.open("rb") as file:
                shared = os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077
                pem = file.read()
        except OSError as error:
            raise NotAllowed(
                f"there is no key of {name}", advice=f"Make one: monoprint approve --new-key {name}"
            ) from error
        if shared:
            raise NotAllowed(
                f"others may read the key {path}", advice=f"Make it yours alone: chmod 600 {path}"
            )
        try:
            key = serialization.load_pem_private_key(pem, None)
        except (ValueError, TypeError) as error:
            raise NotAllowed(f"{path} holds no key that can be read") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise NotAllowed(f"{path} holds a key of another kind than Ed25519")
        said = key.sign(_message(name, role, at, digest))
        return Signature(name, role, at, _public(key), said.hex())

    def trust(self, name: str, key: str) -> None:
        """Count the signatures of a public key (hexadecimal) as this approver's from now on."""
        self._path(name)
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        except ValueError as error:
            raise UsageError(
                f"{key} is no public key", advice="It is 64 hexadecimal digits."
            ) from error
        known = self.trusted() | {name: key.lower()}
        lines = ["# Whose approvals of plans count: name = public key (Ed25519, hexadecimal).\n"]
        lines += [f"{json.dumps(n, ensure_ascii=False)} = {json.dumps(k)}\n"
                  for n, k in sorted(known.items())]  # fmt: skip
        self._trusted.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._trusted.with_suffix(".part")
        part.write_text("".join(lines), encoding="utf-8")
        part.replace(self._trusted)

    def trusted(self) -> dict[str, str]:
        """Return the trusted public keys by name. Raises UsageError if the list is damaged."""
        try:
            told = tomllib.loads(self._trusted.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise UsageError(f"cannot read {self._trusted}: {error}") from error
        return {name: str(key) for name, key in told.items()}

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot be the name of a key",
                advice="Use letters, digits, spaces and . @ - (at most 100).",
            )
        return self._keys / f"{name}.pem"


def good(signature: Signature, digest: bytes, key: str) -> bool:
    """Say whether a signature is a plan's, by a public key (hexadecimal)."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(signature.signature),
            _message(signature.name, signature.role, signature.at, digest),
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def same_person(one: str, other: str) -> bool:
    """Say whether two names are one person's."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def check_approver(plan: Plan, name: str, key: str) -> None:
    """Raise NotAllowed if somebody may not approve a plan: its author, where two must agree."""
    if plan.head.persons < 2:
        return
    author_keys = {s.key for s in plan.signatures if s.role == AUTHOR}
    if same_person(name, plan.head.author) or key in author_keys:
        raise NotAllowed(
            f"{name} made this plan and cannot approve it: two persons are required",
            advice="Have somebody else approve it.",
        )


def approvals(plan: Plan, trusted: dict[str, str]) -> list[str]:
    """Return the names of those whose approval of a plan counts."""
    return [s.name for s in _approving(plan) if s.key == trusted.get(s.name)]


def untrusted(plan: Plan, trusted: dict[str, str]) -> list[Signature]:
    """Return the approvals that would count if their keys were trusted."""
    return [s for s in _approving(plan) if s.key != trusted.get(s.name)]


def _approving(plan: Plan) -> Iterator[Signature]:
    """Yield the good signatures of those who may approve a plan."""
    for signature in plan.signatures:
        if signature.role != APPROVER or not good(signature, plan.digest, signature.key):
            continue
        try:
            check_approver(plan, signature.name, signature.key)
        except NotAllowed:
            continue
        yield signature


def trust_command(name: str, key: str) -> str:
    """Return the command that lets approvals by a key count, for people to copy."""
    return f"monoprint approve --trust {shlex.quote(name)} {key}"


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def _message(name: str, role: str, at: str, digest: bytes) -> bytes:
    return canonical([_DOMAIN, role, name, at, digest.hex()]).encode()
