"""Reconciling: from an audit's findings to decisions, plans, and plans carried out."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, TypeVar

from monoprint.catalog.people import People, Plans
from monoprint.catalog.reviews import Pair, Reviews
from monoprint.catalog.store import Catalog
from monoprint.errors import NotAllowed, PlanError, UnknownGroup, Unreadable, UsageError
from monoprint.model import history
from monoprint.model.asset import Store
from monoprint.model.finding import Audit
from monoprint.model.plan import Action, Plan, PlanHead, Step
from monoprint.model.review import (
    Duty,
    Filter,
    GroupView,
    Part,
    Place,
    PlanRecord,
    Proposal,
    ReviewMember,
    ReviewWarning,
    SignedOff,
    State,
)
from monoprint.pipeline.explain import COMPARED_SIDE
from monoprint.pipeline.interrupts import held
from monoprint.pipeline.progress import Progress
from monoprint.pipeline.workers import Workers
from monoprint.resolve import authority as authorities
from monoprint.resolve import keep, plan, planfile, purge, redirects
from monoprint.resolve.authority import Attributes, Authority
from monoprint.resolve.keys import (
    APPROVER,
    AUTHOR,
    Keyring,
    approvals,
    check_approver,
    config_folder,
    same_person,
    trust_command,
    untrusted,
)
from monoprint.review import chain, decisions, queue
from monoprint.review.intake import take_in
from monoprint.sources.opening import is_folder
from monoprint.version import VERSION

Tag = TypeVar("Tag")
Facts = Mapping[str, Any]

# Files whose metadata are asked for before they are written down.
_FACTS_BATCH: Final = 500
_GROUPS_BATCH: Final = 500
_WIDEST: Final = 4096

ACTIONS: Final = frozenset(str(action) for action in Action if action is not Action.REPORT)


class Answering(Protocol):
    """What answers tasks in worker processes: `Workers`, or `OnDemand`."""

    def answers(
        self, tasks: Iterable[tuple[Tag, dict[str, Any]]]
    ) -> Iterator[tuple[Tag, dict[str, Any]]]:
        """Yield each task's tag with its answer, as they come."""
        ...


class OnDemand:
    """Worker processes that are started when they are first needed. Use it as a context manager."""

    def __init__(self) -> None:
        self._workers: Workers | None = None

    def __enter__(self) -> "OnDemand":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._workers is not None:
            self._workers.__exit__(kind, error, trace)

    def answers(
        self, tasks: Iterable[tuple[Tag, dict[str, Any]]]
    ) -> Iterator[tuple[Tag, dict[str, Any]]]:
        """Yield each task's tag with its answer, as they come."""
        if self._workers is None:
            self._workers = Workers().__enter__()
        yield from self._workers.answers(tasks)


# Findings


def record(
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    audit: Audit,
    who: str = "monoprint",
    at: str | None = None,
) -> int:
    """Put what an audit found into the review's queue; return how many groups there are.

    It takes the place of what earlier audits of the same stores found; decisions are carried over.
    """
    names = [store.name for _, store in stores]
    warnings = [_warning(found) for found in audit.warnings]
    with held():
        return take_in(Reviews(catalog), names, audit.groups, warnings, who, at or history.now())


def _warning(found: Any) -> ReviewWarning:
    """Return a pair that an audit warns of (``store:path`` and digest of each) for the review."""
    one_store, _, one_path = found.a.partition(":")
    other_store, _, other_path = found.b.partition(":")
    return ReviewWarning(
        found.relation,
        Place(one_store, one_path, bytes.fromhex(found.a_sha256)),
        Place(other_store, other_path, bytes.fromhex(found.b_sha256)),
        found.where,
        found.certainty,
        found.evidence,
    )


# What files show and say


def picture(catalog: Catalog, workers: Answering, key: bytes, position: int, side: int) -> bytes:
    """Return a file of a group as a JPEG whose longer side is at most `side` pixels.

    Raises UnknownGroup for what is not in the queue, Unreadable with the reason if the file cannot
    be shown or has changed.
    """
    member = _member(catalog, key, position)
    return picture_of(catalog, workers, Place(member.store, member.path, member.sha256), side)


def picture_of(catalog: Catalog, workers: Answering, place: Place, side: int) -> bytes:
    """Return what stands at a place of the catalog, as `picture` does.

    Raises Unreadable, also if the content is not what it was.
    """
    task = _task("thumbnail", catalog, place) | {"side": max(16, min(side, _WIDEST))}
    ((_, answer),) = workers.answers([(None, task)])
    if "jpeg" not in answer:
        raise Unreadable(str(answer.get("reason", "no answer")))
    return bytes.fromhex(answer["jpeg"])


def laid_picture(
    catalog: Catalog, workers: Answering, first: Place, second: Place, side: int
) -> bytes | None:
    """Return what stands at the second place as a WebP of how it lies on what stands at the first.

    It has the first's shape, at most `side` pixels a side, and is transparent where the second
    shows nothing. None if the two lie on each other as they are. Raises Unreadable with the reason
    if they cannot be aligned, also if a content is not what it was.
    """
    if first.sha256 == second.sha256:
        return None
    entries = (_task("", catalog, place) | {"frame": 0} for place in (first, second))
    task = {
        "do": "lay", "side": COMPARED_SIDE, "shown": max(16, min(side, _WIDEST)), "exact": True,
    } | dict(zip(("first", "second"), entries, strict=True))  # fmt: skip
    ((_, answer),) = workers.answers([(None, task)])
    if "laid" not in answer:
        raise Unreadable(str(answer.get("reason", "no answer")))
    return None if answer["laid"] is None else bytes.fromhex(answer["laid"])


def _member(catalog: Catalog, key: bytes, position: int) -> ReviewMember:
    members = queue.group(catalog, key).members
    if not 0 <= position < len(members):
        raise UnknownGroup(f"this group has no file {position}")
    return members[position]


def facts(catalog: Catalog, workers: Answering, key: bytes) -> list[dict[str, Any]]:
    """Return what each file of a group says of itself, in the order of the files.

    A file that could not be read has ``unread`` with the reason alone.
    """
    view = queue.group(catalog, key)
    places = [Place(m.store, m.path, m.sha256) for m in view.members]
    told = describe(catalog, workers, places)
    return [dict(told.get(m.sha256, {})) for m in view.members]


def describe(
    catalog: Catalog, workers: Answering, places: Iterable[Place]
) -> dict[bytes, dict[str, Any]]:
    """Return what contents say of themselves, reading those that were not read before.

    Each content is read at the first of its places.
    """
    wanted: dict[bytes, Place] = {}
    for place in places:
        wanted.setdefault(place.sha256, place)
    reviews = Reviews(catalog)
    known = reviews.facts_of(wanted)
    lacking = [place for sha256, place in wanted.items() if sha256 not in known]
    if not lacking:
        return known
    locations = {name: store.location for name, (_, store) in catalog.stores().items()}
    tasks = ((place, _task("facts", catalog, place, locations)) for place in lacking)
    fresh: dict[bytes, dict[str, Any]] = {}
    for place, answer in workers.answers(tasks):
        told = answer.get("facts")
        known[place.sha256] = told if told is not None else {"unread": str(answer.get("reason"))}
        if told is not None:  # what could not be read this time may be read the next time
            fresh[place.sha256] = told
        if len(fresh) >= _FACTS_BATCH:
            reviews.keep_facts(fresh)
            fresh = {}
    reviews.keep_facts(fresh)
    return known


def _task(
    kind: str, catalog: Catalog, place: Place, locations: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Make a worker's task for a file that must still have its content. No link is followed."""
    if locations is None:
        locations = {name: store.location for name, (_, store) in catalog.stores().items()}
    return {
        "do": kind, "location": locations[place.store], "path": place.path,
        "sha256": place.sha256.hex(), "follow_symlinks": False,
    }  # fmt: skip


# Rules


def load_rules(path: Path | None) -> keep.Rules:
    """Return the keep rules of a file, or the defaults. Raises RulesError."""
    return keep.DEFAULT if path is None else keep.load(path)


def load_authority(path: Path | None) -> tuple[Authority, str]:
    """Return the authorities of a file with the file's SHA-256 (hexadecimal).

    Without a file that is ``authority.toml`` in the settings' folder; without one there, there is
    no authority and the digest is empty. Raises RulesError.
    """
    place = path or config_folder() / "authority.toml"
    if path is None and not place.exists():
        return authorities.NONE, ""
    loaded = authorities.load(place, ACTIONS)
    return loaded, hashlib.sha256(place.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Proposed:
    """A group with what is proposed for it: None and the reason if nothing is."""

    view: GroupView
    proposal: Proposal | None
    reason: str


def suggestion(
    catalog: Catalog, workers: Answering, key: bytes, rules: keep.Rules, authority: Authority
) -> Proposed:
    """Say which file of a group would stay and why, whatever the relation: a person decides."""
    (proposed,) = _proposed(catalog, workers, [queue.group(catalog, key)], rules, authority, True)
    return proposed


def preview(
    catalog: Catalog,
    workers: Answering,
    wanted: Filter,
    rules: keep.Rules,
    authority: Authority,
    limit: int = 100,
) -> list[Proposed]:
    """Return what a sign-off of the first groups that pass a filter would settle, as a list.

    What the person who looked at it agrees to goes to `decisions.settle`.
    """
    page = queue.page(catalog, wanted, limit=limit)
    views = Reviews(catalog).groups([group.key for group in page.groups])
    return list(_proposed(catalog, workers, views, rules, authority, True))


def settle_by_rules(
    catalog: Catalog,
    workers: Answering,
    rules: keep.Rules,
    authority: Authority,
    who: str,
    why: str,
    progress: Progress,
    wanted: Filter | None = None,
    at: str | None = None,
    dry_run: bool = False,
) -> tuple[SignedOff, list[tuple[str, int]]]:
    """Settle what the rules clearly settle among open groups, and leave the rest open.

    Also return why groups were left open, with how many for each reason. A dry run only counts.
    """
    wanted = wanted or Filter()
    left: dict[str, int] = {}
    settled = 0
    changed: list[bytes] = []
    total = queue.counts(catalog, wanted)[State.OPEN].groups
    with progress.stage("Applying keep rules", total) as advance:
        # Groups leave the queue as they are settled, so all are listed before any is.
        waiting = iter(Reviews(catalog).keys(wanted))
        while some := list(islice(waiting, _GROUPS_BATCH)):
            advance(len(some))
            views = Reviews(catalog).groups(some)
            while views:
                proposals = []
                for proposed in _proposed(catalog, workers, views, rules, authority, False):
                    if proposed.proposal is None:
                        left[proposed.reason] = left.get(proposed.reason, 0) + 1
                    else:
                        proposals.append(proposed.proposal)
                if dry_run:
                    settled += len(proposals)
                    break
                done = decisions.settle(catalog, proposals, who, why, at=at)
                settled += done.settled
                changed += done.changed
                # A group of several pictures is settled picture by picture.
                again = [p.key for p in proposals if p.key not in done.changed]
                views = [v for v in Reviews(catalog).groups(again) if v.group.state is State.OPEN]
    reasons = sorted(left.items(), key=lambda item: (-item[1], item[0]))
    return SignedOff(settled, tuple(changed)), reasons


def _proposed(
    catalog: Catalog,
    workers: Answering,
    views: Sequence[GroupView],
    rules: keep.Rules,
    authority: Authority,
    by_person: bool,
) -> Iterator[Proposed]:
    """Yield what is proposed for groups; a person may be offered what no rule may settle."""
    places: list[Place] = []
    for view in views:
        several = len({m.sha256 for m in view.members}) > 1
        if (several and rules.needs_facts) or authority.needs_facts:
            places += [Place(m.store, m.path, m.sha256) for m in view.members]
    told = describe(catalog, workers, places)
    by_attributes = rules.needs_attributes or authority.needs_attributes
    attributes = catalog.attributes_at(
        [(m.store, m.path) for view in views for m in view.members] if by_attributes else []
    )
    today = date.today()

    def is_held(member: ReviewMember) -> bool:
        place = Place(member.store, member.path, member.sha256)
        known = attributes.get((member.store, member.path))
        return authority.held(place, told.get(member.sha256), today, known) is not None

    def has(member: ReviewMember) -> Attributes:
        return attributes.get((member.store, member.path), {})

    for view in views:
        if not by_person:
            found = keep.settled(view, rules, told, is_held, has)
            if isinstance(found, Proposal):
                yield Proposed(view, found, found.reason)
            else:
                yield Proposed(view, None, found)
            continue
        asked = [m for m in view.members if m.part is not Part.INTENDED]
        stays, reason = keep.choose(
            [keep.Candidate(m, told.get(m.sha256, {}), is_held(m), has(m)) for m in asked],
            rules,
        )
        covers = tuple(m.position for m in asked)
        proposal = None if stays is None else Proposal(
            view.group.key, view.group.version, stays.position, covers, reason
        )  # fmt: skip
        yield Proposed(view, proposal, reason)


# Plans


@dataclass(frozen=True, slots=True)
class Wanted:
    """What kind of plan is wanted: by whom, which action, at what price, for which day.

    `created` goes into the plan as it is; None keeps the plan free of any clock.
    """

    author: str
    action: Action = Action.REPORT
    price: Decimal = plan.DEFAULT_PRICE
    currency: str = plan.DEFAULT_CURRENCY
    on: date | None = None
    created: str | None = None
    store: str = ""
    purge_days: int = 0


def make_plan(
    catalog: Catalog,
    workers: Answering,
    wanted: Wanted,
    authority_file: Path | None,
    out: Path,
    keyring: Keyring,
    progress: Progress,
    at: str | None = None,
) -> Plan:
    """Write a plan of what was decided, and return it. Nothing in a store is changed.

    The author signs it if there is a key of that name. Raises PlanError, RulesError, UsageError.
    """
    authority, authority_digest = load_authority(authority_file)
    known = {name: store.location for name, (_, store) in catalog.stores().items()}
    if wanted.store and wanted.store not in known:
        raise UsageError(f"the catalog has no store {wanted.store}")
    on = wanted.on or date.today()
    if wanted.action is Action.DELETE:
        stores, found = _purge_steps(wanted, known, authority, on)
    else:
        stores, found = _steps(catalog, workers, wanted, authority, on)
    head = PlanHead(
        author=wanted.author,
        action=wanted.action,
        stores={name: known[name] for name in stores},
        persons=authority.persons,
        on=on.isoformat(),
        created=wanted.created,
        authority=authority_digest,
        price=str(wanted.price),
        currency=wanted.currency,
        history=chain.head(catalog),
        monoprint=VERSION,
    )
    totals = plan.Totals(wanted.price)
    when = at or history.now()

    def counted() -> Iterator[Step]:
        with progress.stage("Planning", None) as advance:
            for step in found:
                totals.add(step)
                advance(1)
                yield step

    def sign(digest: bytes) -> list[Any]:
        if not keyring.has(wanted.author):
            return []
        return [keyring.sign(wanted.author, AUTHOR, when, digest)]

    made = planfile.write(out, head, counted(), totals.plain, sign)
    Plans(catalog).add(
        PlanRecord(
            made.digest, str(out.resolve()), wanted.author, when,
            {"action": wanted.action.value, "currency": wanted.currency, "totals": made.totals},
        )
    )  # fmt: skip
    chain.note(
        catalog, wanted.author, "planned", made.digest.hex()[:16], touched=[made.digest], at=when,
        what={"plan": made.digest.hex(), "action": wanted.action.value, "totals": made.totals},
    )  # fmt: skip
    return made


def _steps(
    catalog: Catalog, workers: Answering, wanted: Wanted, authority: Authority, on: date
) -> tuple[Sequence[str], Iterator[Step]]:
    """Return the stores that a plan is about, and its steps."""
    reviews = Reviews(catalog)
    told = _told(catalog, workers, reviews, authority)
    places = set(reviews.contested())
    contested: dict[tuple[str, str], Pair] = {}
    if places:
        for pair in reviews.pairs():
            place = (pair.copy.store, pair.copy.path)
            if place in places and (
                place not in contested or pair.decision > contested[place].decision
            ):
                contested[place] = pair
    pairs = (p for p in reviews.pairs() if not wanted.store or p.copy.store == wanted.store)
    elsewhere = frozenset(
        name for name, (_, store) in catalog.stores().items() if not is_folder(store.location)
    )
    attributes = catalog.attributes_at(
        [(p.copy.store, p.copy.path) for p in reviews.pairs()] if authority.needs_attributes else []
    )
    steps = plan.steps(
        pairs, contested, wanted.action, authority, on, told.get,
        lambda place: attributes.get((place.store, place.path)), elsewhere,
    )  # fmt: skip
    return reviews.involved(), steps


def _told(
    catalog: Catalog, workers: Answering, reviews: Reviews, authority: Authority
) -> dict[bytes, dict[str, Any]]:
    """Return what is known of the contents that a plan has to know more of than their digest."""
    told = describe(catalog, workers, reviews.differing())
    if authority.needs_facts:
        told |= describe(catalog, workers, (pair.copy for pair in reviews.pairs()))
    return told


def _purge_steps(
    wanted: Wanted, stores: Mapping[str, str], authority: Authority, on: date
) -> tuple[Sequence[str], Iterator[Step]]:
    """Return the stores that a plan to delete is about, and its steps."""
    if wanted.purge_days < purge.LEAST_DAYS:
        raise UsageError(
            f"what was put aside stays for {purge.LEAST_DAYS} days at least",
            advice=f"--delete-after {purge.LEAST_DAYS} or more.",
        )
    if authority.needs_facts or authority.needs_attributes:
        raise UsageError(
            "holds or authorities by metadata or attributes cannot be asked about files in "
            "quarantine",
            advice="Name those files by store, path or list.",
        )
    found = _aside({n: at for n, at in stores.items() if not wanted.store or n == wanted.store})
    steps = list(purge.steps(iter(found), stores, wanted.purge_days, authority, on))
    named = {place[0] for step in steps for place in (step.copy, step.keeper)}
    return sorted(named), iter(steps)


def _aside(stores: Mapping[str, str]) -> list[purge.Aside]:
    """Return what lies in the quarantines of some stores (locations by name)."""
    from monoprint.resolve.apply import opened

    with opened(stores) as trees:
        return [aside for name in sorted(trees) for aside in purge.listed(name, trees[name])]


def approve(path: Path, name: str, keyring: Keyring, at: str | None = None) -> Plan:
    """Sign a plan off with somebody's key. Raises PlanError, NotAllowed."""
    from monoprint.resolve.apply import check

    found = check(path)
    signature = keyring.sign(name, APPROVER, at or history.now(), found.digest)
    check_approver(found, name, signature.key)
    return planfile.sign(path, found, signature)


def approve_at_desk(catalog: Catalog, digest: bytes, name: str, at: str | None = None) -> None:
    """Note that somebody who is logged in approves a plan of this catalog.

    The plan's file is read and proved first. Raises NotAllowed for who may not, PlanError.
    """
    from monoprint.resolve.apply import check

    known = Plans(catalog).get(digest)
    if known is None:
        raise PlanError(f"the catalog knows no plan {digest.hex()[:16]}")
    person = next((p for p in People(catalog).all() if p.name == name and p.active), None)
    if person is None or person.duty is not Duty.APPROVER:
        raise NotAllowed(
            f"{name} may not approve plans",
            advice="Give them the duty: monoprint people add NAME --approver",
        )
    found = check(Path(known.place))
    if found.digest != digest:
        raise PlanError(f"{known.place} holds another plan now", advice="Make the plan again.")
    check_approver(found, name, "")
    head = chain.note(
        catalog, name, "approved", digest.hex()[:16], touched=[digest], at=at,
        what={"plan": digest.hex(), "how": "desk"},
    )  # fmt: skip
    Plans(catalog).approve(digest, name, head.seq)


def plans(catalog: Catalog) -> list[PlanRecord]:
    """Return the plans that the catalog knows of, the newest first."""
    return Plans(catalog).all()


def approved_by(catalog: Catalog, found: Plan, keyring: Keyring) -> list[str]:
    """Return who approved a plan: by a trusted key, or at the desk."""
    names = approvals(found, keyring.trusted())
    known = Plans(catalog).get(found.digest)
    people = {p.name: p for p in People(catalog).all()}
    for name in known.approved_by if known else ():
        person = people.get(name)
        own = found.head.persons > 1 and same_person(name, found.head.author)
        if person is not None and person.active and person.duty is Duty.APPROVER and not own:
            names.append(name)
    return sorted(set(names))


def carry_out(
    catalog: Catalog,
    path: Path,
    authority_file: Path | None,
    keyring: Keyring,
    who: str,
    progress: Progress,
    *,
    dry_run: bool = False,
) -> Any:
    """Carry a plan out and return its `Outcome`; a dry run reads everything and changes nothing.

    Raises PlanError for a plan that was changed or is not safe as a whole, NotAllowed for one that
    nobody approved who may.
    """
    from monoprint.resolve import apply as applying

    found = applying.check(path)
    if found.head.action is not Action.REPORT and not dry_run:
        names = approved_by(catalog, found, keyring)
        if not names:
            raise _not_approved(found, path, keyring)
    else:
        names = []
    may = _may(catalog, path, found, authority_file)
    with progress.stage("Reading again" if dry_run else "Carrying out", None) as advance:
        if dry_run or found.head.action is Action.REDIRECT:
            outcome = applying.rehearse(path, found, may, advance=advance)
        else:
            outcome = applying.apply(path, found, names, may, advance=advance)
    if dry_run:
        return outcome
    if found.head.action is Action.REDIRECT:
        skipped = {number for number, _, _ in outcome.skipped}
        outcome.written = redirects.write(
            found,
            (s for s in planfile.steps(path)
             if s.action is Action.REDIRECT and s.number not in skipped),
            path.with_name(path.name.removesuffix(".json") + ".redirects"),
        )  # fmt: skip
    if outcome.done or outcome.skipped:
        chain.note(
            catalog, who, "applied", found.digest.hex()[:16],
            what={"plan": found.digest.hex(), "action": found.head.action.value,
                  "done": outcome.done, "skipped": len(outcome.skipped),
                  "approved_by": names},
            touched=[found.digest, *sorted(outcome.contents)],
        )  # fmt: skip
    return outcome


def _not_approved(found: Plan, path: Path, keyring: Keyring) -> NotAllowed:
    """Return the error that says why nobody's approval of a plan counts."""
    lacking = untrusted(found, keyring.trusted())
    if not lacking:
        return NotAllowed(
            "nobody whose approval counts has approved this plan",
            advice=f"A second person runs: monoprint approve {path}",
        )
    names = " and ".join(signature.name for signature in lacking)
    commands = (trust_command(signature.name, signature.key) for signature in lacking)
    return NotAllowed(
        f"{names} approved this plan, but with a key that is not trusted here",
        advice="Ask them whether it is their key; if so: " + "; ".join(commands),
    )


def _may(catalog: Catalog, path: Path, found: Plan, authority_file: Path | None) -> Any:
    """Return what says of a step why it may not be done today: holds can come after a plan."""
    authority, digest = load_authority(authority_file)
    if found.head.authority and not digest:
        raise PlanError(
            "this plan was made under an authority file, which is not there now",
            advice="Name it with --authority: a hold may have come since.",
        )
    if digest and found.head.persons < authority.persons:
        raise NotAllowed(
            f"this plan asks for {found.head.persons} person, the authority file for "
            f"{authority.persons}",
            advice="Make the plan again under this authority file.",
        )
    today = date.today()
    if date.fromisoformat(found.head.on) > today:
        raise PlanError(
            f"this plan is for {found.head.on}, which is still to come",
            advice="Carry it out from that day on, or make one for today.",
        )
    deletes = found.head.action is Action.DELETE
    since = (
        {(a.store, a.quarantined): a.since for a in _aside(found.head.stores)} if deletes else {}
    )
    reviews = Reviews(catalog)
    steps = planfile.steps(path) if authority.needs_attributes else ()
    attributes = catalog.attributes_at(step.copy for step in steps)

    def may(step: Step) -> str:
        content = bytes.fromhex(step.sha256)
        told = reviews.facts_of([content]).get(content) if authority.needs_facts else None
        place = Place(step.copy[0], step.copy[1], content)
        # A group that a newer audit changed is not found: what its files hold is compared anyhow.
        part = reviews.part_of(bytes.fromhex(step.group), place)
        if part not in {None, Part.COPY}:
            return "it was decided otherwise since the plan was made: make a new plan"
        lain = today - since.get((place.store, step.quarantined), today)
        if step.action is Action.DELETE and lain.days < purge.LEAST_DAYS:
            return f"it has not lain in quarantine for {purge.LEAST_DAYS} days"
        known = attributes.get((place.store, place.path))
        return authority.check(place, told, step.action, today, known).why

    return may


def put_back(
    catalog: Catalog | None,
    path: Path,
    only: Sequence[int],
    who: str,
    progress: Progress,
) -> Any:
    """Undo a plan, or some of its steps, from its journal; return its `Undone`.

    `path` is the plan's file or its journal. The catalog only notes it and need not be there.
    """
    from monoprint.resolve import journal
    from monoprint.resolve import undo as undoing

    place = path if path.name.endswith(".journal") else journal.place_of(path)
    with progress.stage("Putting back", None) as advance:
        result = undoing.undo(place, only, advance=advance)
    if catalog is not None and (result.undone or result.failed):
        chain.note(
            catalog, who, "put back", result.plan.hex()[:16],
            what={"plan": result.plan.hex(), "undone": result.undone,
                  "failed": len(result.failed), "steps": list(only)},
            touched=[result.plan, *sorted(result.contents)],
        )  # fmt: skip
    return result


def note_approval(catalog: Catalog, found: Plan, name: str) -> None:
    """Note in the history that a plan was signed off with a key."""
    key = next(s.key for s in found.signatures if (s.name, s.role) == (name, APPROVER))
    chain.note(
        catalog, name, "approved", found.digest.hex()[:16], touched=[found.digest],
        what={"plan": found.digest.hex(), "how": "key", "key": key},
    )  # fmt: skip


def last_applied(catalog: Catalog) -> Path:
    """Return the file of the plan that last changed anything in a store. Raises UnknownGroup."""
    last = ""
    for row in Reviews(catalog).rows():
        what = json.loads(row.what) if row.act == "applied" else {}
        if what and Action(what["action"]).changes:
            last = str(what["plan"])
    known = Plans(catalog).get(bytes.fromhex(last)) if last else None
    if known is None:
        raise UnknownGroup(
            "the catalog knows of no plan that was carried out", advice="Name the plan's file."
        )
    return Path(known.place)


def noted_head(path: Path) -> history.Head:
    """Return the end of the history that a plan or journal notes. Raises PlanError."""
    if not path.name.endswith(".journal"):
        return planfile.read(path).head.history
    from monoprint.resolve import journal

    noted = journal.read(path).begin["history"]
    return history.Head(int(noted["seq"]), bytes.fromhex(noted["digest"]))
