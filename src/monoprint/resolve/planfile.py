"""Plan files: JSON with a line for each step, and a digest over all that a plan says."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO, Final

from monoprint.errors import PlanError
from monoprint.model.asset import path_name
from monoprint.model.history import Head, canonical
from monoprint.model.plan import (
    PLAN_SCHEMA,
    QUARANTINE,
    Action,
    Plan,
    PlanHead,
    Reason,
    Signature,
    Step,
)

_EDITED: Final = "Make the plan again with `monoprint plan`; a plan is never edited by hand."
_LONGEST_LINE: Final = 1 << 20


def load_schema() -> dict[str, Any]:
    """Return the published JSON Schema (2020-12) of a plan."""
    text = files("monoprint.resolve").joinpath("plan.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def write(
    path: Path,
    head: PlanHead,
    steps: Iterable[Step],
    totals: Callable[[], dict[str, Any]],
    sign: Callable[[bytes], list[Signature]] = lambda _: [],
) -> Plan:
    """Write a plan and return it; `totals` is asked after the last step.

    The digest is SHA-256 over canonical JSON, a line each: the head, every step, the totals.
    Raises PlanError if the file cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            plan = _write(file, head, steps, totals, sign)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PlanError(
            f"cannot write {path}: {error.strerror}", advice="Name another place with --out."
        ) from error
    return plan


def _write(
    file: BinaryIO,
    head: PlanHead,
    steps: Iterable[Step],
    totals: Callable[[], dict[str, Any]],
    sign: Callable[[bytes], list[Signature]],
) -> Plan:
    digest = hashlib.sha256()

    def line(value: Any) -> bytes:
        said = canonical(value).encode()
        digest.update(said + b"\n")
        return said

    file.write(b'{"schema":' + json.dumps(PLAN_SCHEMA).encode() + b',\n"head":')
    file.write(line(_head_plain(head)) + b',\n"steps":[')
    before = b"\n"
    for step in steps:
        file.write(before + line(_step_plain(step)))
        before = b",\n"
    counted = totals()
    file.write(b'\n],\n"totals":' + line(counted))
    done = digest.digest()
    signatures = tuple(sign(done))
    file.write(_ending(done, signatures))
    return Plan(head, counted, done, signatures)


def _ending(digest: bytes, signatures: Iterable[Signature]) -> bytes:
    signed = ",\n".join(canonical(asdict(s)) for s in signatures)
    body = f"\n{signed}\n" if signed else "\n"
    return f',\n"digest":"sha256:{digest.hex()}",\n"signatures":[{body}]}}\n'.encode()


class _Lines:
    """Reads a plan line by line as it was written, digesting what the digest is over."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file, self.path = file, path
        self.digest = hashlib.sha256()

    def next(self) -> bytes:
        line = self.file.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise _no_plan(self.path)
        return line[:-1]

    def expect(self, start: bytes, end: bytes = b"") -> bytes:
        line = self.next()
        if not (line.startswith(start) and line.endswith(end)):
            raise _no_plan(self.path)
        return line[len(start) : len(line) - len(end)]

    def value(self, said: bytes) -> Any:
        self.digest.update(said + b"\n")
        try:
            return json.loads(said)
        except ValueError as error:
            raise _no_plan(self.path) from error


def _no_plan(path: Path) -> PlanError:
    return PlanError(f"{path} is no plan, or was edited", advice=_EDITED)


def read(path: Path, each: Callable[[Step], None] = lambda _: None) -> Plan:
    """Read a plan to its end, giving each step to `each`, and prove its digest.

    What `each` was given counts only if this returns. Raises PlanError for a file that cannot be
    read, is no plan or was changed since it was written.
    """
    try:
        with path.open("rb") as file:
            lines = _Lines(file, path)
            head = _opening(lines)
            for step in _steps(lines, head):
                each(step)
            totals = lines.value(lines.expect(b'"totals":', b","))
            digest = lines.digest.digest()
            if lines.expect(b'"digest":"sha256:', b'",') != digest.hex().encode():
                raise PlanError(f"{path} was changed after it was made", advice=_EDITED)
            signatures = _signatures(lines)
    except OSError as error:
        raise PlanError(
            f"cannot read {path}: {error.strerror}", advice="Check its name and rights."
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise _no_plan(path) from error
    return Plan(head, totals, digest, signatures)


def steps(path: Path) -> Iterator[Step]:
    """Yield the steps of a plan that `read` has proved."""
    with path.open("rb") as file:
        lines = _Lines(file, path)
        head = _opening(lines)
        yield from _steps(lines, head)


def sign(path: Path, plan: Plan, signature: Signature) -> Plan:
    """Add a signature to a plan's file, in place of an earlier one of the same name and role."""
    kept = [s for s in plan.signatures if (s.name, s.role) != (signature.name, signature.role)]
    signed = Plan(plan.head, plan.totals, plan.digest, (*kept, signature))
    part = path.with_name(path.name + ".part")
    try:
        with path.open("rb") as old, part.open("wb") as new:
            for line in old:
                if line.startswith(b'"totals":'):
                    new.write(line.removesuffix(b",\n"))
                    break
                new.write(line)
            new.write(_ending(plan.digest, signed.signatures))
            new.flush()
            os.fsync(new.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PlanError(f"cannot write {path}: {error.strerror}") from error
    return signed


def _opening(lines: _Lines) -> PlanHead:
    if json.loads(lines.expect(b'{"schema":', b",")) != PLAN_SCHEMA:
        raise PlanError(f"{lines.path} is a plan of another version", advice="Make the plan again.")
    head = _head(lines.value(lines.expect(b'"head":', b",")))
    lines.expect(b'"steps":[')
    return head


def _steps(lines: _Lines, head: PlanHead) -> Iterator[Step]:
    number = 0
    while (line := lines.next()) != b"],":
        number += 1
        step = _step(lines.value(line.removesuffix(b",")))
        _check(step, number, head, lines.path)
        yield step


def _check(step: Step, number: int, head: PlanHead, path: Path) -> None:
    if step.number != number:
        raise PlanError(f"{path}: step {number} is missing or moved", advice=_EDITED)
    if step.action is not Action.REPORT and _kind(step.action) != _kind(head.action):
        raise PlanError(f"{path}: step {number} is a {step.action} in a plan of {head.action}",
                        advice=_EDITED)  # fmt: skip
    if (step.action is Action.DELETE or step.quarantined) and not _in_quarantine(step.quarantined):
        raise PlanError(f"{path}: step {number} would delete what is not in quarantine",
                        advice=_EDITED)  # fmt: skip
    places = [step.copy, step.keeper]
    if step.quarantined:
        places.append((step.copy[0], step.quarantined))
    for store, where in places:
        if store not in head.stores:
            raise PlanError(f"{path}: step {number} names the unknown store {store}")
        names = path_name(where).split("/")
        if any(name in {"", ".", ".."} or "\0" in name for name in names):
            raise PlanError(f"{path}: step {number} names no place in its store: {where}")


def _kind(action: Action) -> str:
    """Return what a plan's other steps may be beside a step: what can be put back goes together.

    What a plan says of itself is what is approved, and whether anybody is asked at all.
    """
    return "in place" if action.changes and action is not Action.DELETE else action.value


def _in_quarantine(path: str) -> bool:
    """Say whether a path lies in a quarantine's folder of one plan."""
    names = path.split("/")
    return len(names) == 3 and names[0] == QUARANTINE


def _signatures(lines: _Lines) -> tuple[Signature, ...]:
    lines.expect(b'"signatures":[')
    found = []
    while (line := lines.next()) != b"]}":
        found.append(Signature(**json.loads(line.removesuffix(b","))))
    return tuple(found)


def _head_plain(head: PlanHead) -> dict[str, Any]:
    return {
        "author": head.author, "action": head.action, "stores": dict(head.stores),
        "persons": head.persons, "on": head.on, "created": head.created,
        "authority": head.authority, "price": head.price, "currency": head.currency,
        "history": {"seq": head.history.seq, "digest": head.history.digest.hex()},
        "monoprint": head.monoprint,
    }  # fmt: skip


def _head(plain: dict[str, Any]) -> PlanHead:
    history = plain["history"]
    date.fromisoformat(plain["on"])
    values = plain | {
        "action": Action(plain["action"]),
        "history": Head(int(history["seq"]), bytes.fromhex(history["digest"])),
    }
    return PlanHead(**values)


def _step_plain(step: Step) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "n": step.number, "action": step.action, "copy": step.copy, "keeper": step.keeper,
        "sha256": step.sha256, "bytes": step.bytes, "freed": step.freed,
        "relation": step.relation, "group": step.group, "decision": step.decision,
        "authority": step.authority,
    }  # fmt: skip
    if step.keeper_sha256 != step.sha256:
        plain["keeper_sha256"] = step.keeper_sha256
    if step.blocked is not None:
        plain |= {"blocked": step.blocked, "why": step.why}
    if step.only_in_copy:
        plain["only_in_copy"] = dict(step.only_in_copy)
    if step.quarantined:
        plain["quarantined"] = step.quarantined
    if step.elsewhere:
        plain["elsewhere"] = True
    return plain


def _step(plain: dict[str, Any]) -> Step:
    copy_store, copy_path = plain["copy"]
    keeper_store, keeper_path = plain["keeper"]
    blocked = plain.get("blocked")
    return Step(
        number=plain["n"], action=Action(plain["action"]), copy=(copy_store, copy_path),
        keeper=(keeper_store, keeper_path), sha256=_digest(plain["sha256"]),
        keeper_sha256=_digest(plain.get("keeper_sha256", plain["sha256"])),
        bytes=plain["bytes"], freed=plain["freed"], relation=plain["relation"],
        group=plain["group"] and _digest(plain["group"]), decision=plain["decision"],
        authority=plain["authority"],
        blocked=None if blocked is None else Reason(blocked), why=plain.get("why", ""),
        only_in_copy=plain.get("only_in_copy", {}), quarantined=plain.get("quarantined", ""),
        elsewhere=plain.get("elsewhere", False),
    )  # fmt: skip


def _digest(text: Any) -> str:
    if not isinstance(text, str) or len(text) != 64:
        raise ValueError("no digest")
    bytes.fromhex(text)
    return text
