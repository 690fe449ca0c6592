"""Keep rules: which file of a group stays, and the reason in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from monoprint.model.formats import MASTERS
from monoprint.model.match import Relation
from monoprint.model.review import GroupView, Part, Proposal, ReviewMember, State
from monoprint.resolve.authority import Attributes
from monoprint.resolve.patterns import matches
from monoprint.resolve.settings import Settings

Facts = Mapping[str, Any]

# What no rule may settle, whatever a file of rules says: a person has to look.
NEVER_SETTLED: Final = frozenset({Relation.SIMILAR, *(each for each in Relation if each.warns)})

_DEFAULT_SETTLE: Final = frozenset({Relation.IDENTICAL_BYTES, Relation.IDENTICAL_PIXELS})

_CAMERA: Final = ("exif.Make", "exif.Model")
_CAPTURED: Final = ("exif.DateTimeOriginal", "exif.DateTimeDigitized", "xmp.exif:DateTimeOriginal",
                    "xmp.photoshop:DateCreated", "iptc.DateCreated")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that could stay, what its content says of itself, and what the catalog has of it."""

    member: ReviewMember
    facts: Facts
    held: bool
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One preference: `words` say it, `score` gives more to what it prefers.

    A score of None means that it cannot tell of this file, and then it decides nothing. `told`
    shows a score to people.
    """

    words: str
    score: Callable[[Candidate], Any]
    told: Callable[[Candidate], str]
    needs_facts: bool = False
    needs_attributes: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules in their order, and the relations that they may settle."""

    settle: frozenset[Relation]
    keep: tuple[Rule, ...]

    @property
    def needs_facts(self) -> bool:
        """Whether any rule looks at what a content says of itself."""
        return any(rule.needs_facts for rule in self.keep)

    @property
    def needs_attributes(self) -> bool:
        """Whether any rule looks at attributes."""
        return any(rule.needs_attributes for rule in self.keep)


def captured(facts: Facts) -> str | None:
    """Return when a picture was taken as its metadata say it (sortable), None if they do not."""
    for name in _CAPTURED:
        value = str(facts.get(name, "")).strip()
        digits = "".join(char for char in value if char.isdigit())
        if len(digits) >= 8 and digits[:4] != "0000":
            return digits[:14]
    return None


def _camera(facts: Facts) -> bool:
    return any(str(facts.get(name, "")).strip() for name in _CAMERA)


def _lossless(candidate: Candidate) -> Any:
    return candidate.facts.get("encoding.lossless")


def _quality(candidate: Candidate) -> Any:
    """Return how little a JPEG was quantised; what is no JPEG cannot be told.

    That is the lowest quality that its picture has been through; of two of one, what has been
    through no other is the earlier generation.
    """
    own = candidate.facts.get("encoding.quality")
    earlier = candidate.facts.get("encoding.earlier_quality")
    return None if own is None else (min(own, earlier or own), earlier is None)


def _quality_told(candidate: Candidate) -> str:
    own = candidate.facts["encoding.quality"]
    earlier = candidate.facts.get("encoding.earlier_quality")
    before = "" if earlier is None else f", saved before at about {earlier}"
    return f"JPEG quality {own}{before}"


def _older(candidate: Candidate) -> Any:
    taken = captured(candidate.facts)
    # Later dates get less: each digit is turned to what it lacks to nine.
    return None if taken is None else "".join(str(9 - int(d)) for d in taken.ljust(14, "0"))


def _first(candidate: Candidate) -> Any:
    return _Backwards((candidate.member.store, candidate.member.path))


@dataclass(frozen=True, slots=True)
class _Backwards:
    """Orders the other way round."""

    value: Any

    def __lt__(self, other: "_Backwards") -> bool:
        return bool(other.value < self.value)

    def __gt__(self, other: "_Backwards") -> bool:
        return bool(other.value > self.value)


_SIMPLE: Final[dict[str, Rule]] = {
    rule.words: rule
    for rule in (
        Rule(
            "master before rendition",
            lambda c: c.member.format in MASTERS,
            lambda c: c.member.format,
        ),
        Rule(
            "more pixels",
            lambda c: c.member.width * c.member.height,
            lambda c: f"{c.member.width} x {c.member.height}",
        ),
        Rule(
            "lossless before lossy",
            _lossless,
            lambda c: "lossless" if _lossless(c) else "lossy",
            needs_facts=True,
        ),
        Rule(
            "less recompressed",
            _quality,
            _quality_told,
            needs_facts=True,
        ),
        Rule(
            "with camera metadata",
            lambda c: _camera(c.facts) if "unread" not in c.facts else None,
            lambda c: "camera named" if _camera(c.facts) else "no camera named",
            needs_facts=True,
        ),
        Rule(
            "older capture date",
            _older,
            lambda c: f"taken {captured(c.facts)}",
            needs_facts=True,
        ),
        Rule("larger file", lambda c: c.member.bytes, lambda c: f"{c.member.bytes:,} bytes"),
        Rule("first by store and path", _first, lambda c: f"{c.member.store}:{c.member.path}"),
    )
}

DEFAULT: Final = Rules(
    _DEFAULT_SETTLE,
    tuple(
        _SIMPLE[words]
        for words in (
            "master before rendition", "more pixels", "lossless before lossy",
            "less recompressed", "with camera metadata", "older capture date",
            "first by store and path",
        )
    ),
)  # fmt: skip


def load(path: Path) -> Rules:
    """Read a file of rules. Raises RulesError, which names file, line and key."""
    settings = Settings.load(path)
    settings.only({"settle", "keep"})
    settle = _DEFAULT_SETTLE
    if settings.has("settle"):
        settle = frozenset(_relation(settings, name) for name in settings.texts("settle"))
    if not settings.has("keep"):
        return Rules(settle, DEFAULT.keep)
    keep = settings.raw("keep")
    if not isinstance(keep, list) or not keep:
        raise settings.fail("keep", "a list of rules is needed here")
    return Rules(settle, tuple(_rule(settings, n, told) for n, told in enumerate(keep)))


def _relation(settings: Settings, name: str) -> Relation:
    try:
        relation = Relation(name)
    except ValueError as error:
        allowed = [r for r in Relation if r not in NEVER_SETTLED]
        raise settings.fail(
            "settle", f"there is no relation {name}", f"Known: {', '.join(allowed)}."
        ) from error
    if relation in NEVER_SETTLED:
        raise settings.fail(
            "settle", f"{name} can never be settled by a rule", "A person has to look at those."
        )
    return relation


def _rule(settings: Settings, number: int, told: Any) -> Rule:
    at = ("keep", number)
    if isinstance(told, str):
        if told not in _SIMPLE:
            raise settings.fail(
                at, f'there is no rule "{told}"',
                f"Known: {', '.join(_SIMPLE)}; and {{ store = [...] }}, {{ format = [...] }}, "
                '{ path = "..." }, { not_path = "..." }, { attribute = { NAME = [...] } }.',
            )  # fmt: skip
        return _SIMPLE[told]
    if not isinstance(told, dict) or len(told) != 1:
        raise settings.fail(at, "a rule is a text or a table with one key")
    ((key, value),) = told.items()
    if key in {"store", "format"}:
        if not _texts(value):
            raise settings.fail(at, f"{key} takes a list of texts, the best first")
        return _by_order(key, tuple(value))
    if key in {"path", "not_path"}:
        if not isinstance(value, str) or not value:
            raise settings.fail(at, f"{key} takes a pattern such as masters/**")
        return _by_path(value, wanted=key == "path")
    if key == "attribute":
        named = list(value.items()) if isinstance(value, dict) else []
        if len(named) != 1 or not _texts(named[0][1]):
            raise settings.fail(at, 'attribute takes { NAME = ["best value", "next best"] }')
        return _by_attribute(named[0][0], tuple(named[0][1]))
    raise settings.fail(
        at, f"there is no rule {key}", "Known: store, format, path, not_path, attribute."
    )


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)


def _by_attribute(name: str, order: tuple[str, ...]) -> Rule:
    places = {value: len(order) - n for n, value in enumerate(order)}
    return Rule(
        f"{name} {' before '.join(order)}",
        lambda c: max((places.get(value, 0) for value in c.attributes.get(name, ())), default=0),
        lambda c: ", ".join(c.attributes.get(name, ())) or f"no {name}",
        needs_attributes=True,
    )


def _by_order(key: str, order: tuple[str, ...]) -> Rule:
    places = {name: len(order) - n for n, name in enumerate(order)}

    def value(candidate: Candidate) -> str:
        return candidate.member.store if key == "store" else candidate.member.format

    return Rule(f"{key} {' before '.join(order)}", lambda c: places.get(value(c), 0), value)


def _by_path(pattern: str, *, wanted: bool) -> Rule:
    return Rule(
        f"path {pattern}" if wanted else f"not path {pattern}",
        lambda c: matches(pattern, c.member.path) is wanted,
        lambda c: f"{c.member.store}:{c.member.path}",
    )


_UNDER_HOLD: Final = Rule("never gives up a file under hold", lambda c: c.held,
                          lambda c: "under hold" if c.held else "not under hold")  # fmt: skip


# What lies in an archive cannot be verified in place, and goes with all that is in it.
_OUTSIDE: Final = Rule("outside of archives and documents", lambda c: not c.member.inside,
                       lambda c: "inside one" if c.member.inside else "outside")  # fmt: skip


def choose(candidates: Sequence[Candidate], rules: Rules) -> tuple[ReviewMember | None, str]:
    """Return the file that stays and why, or None and what could not be settled.

    Each rule in turn keeps those that it prefers most, until one is left. The order in which the
    files come does not matter.
    """
    left = list(candidates)
    reasons = []
    for rule in (_UNDER_HOLD, _OUTSIDE, *rules.keep):
        if len(left) == 1:
            break
        scores = [rule.score(c) for c in left]
        if any(score is None for score in scores):
            continue  # it cannot tell of one of them, so it says nothing of any
        best = scores[0]
        for score in scores[1:]:
            if score > best:
                best = score
        kept = [c for c, score in zip(left, scores, strict=True) if score == best]
        if len(kept) < len(left):
            # What it is better than, shown by the same file whatever the order.
            beaten = min((c for c, s in zip(left, scores, strict=True) if s != best), key=_place)
            one = min(kept, key=_place)
            shown = rule.told(one), rule.told(beaten)
            reasons.append(f"{rule.words} ({shown[0]} rather than {shown[1]})")
        left = kept
    if len(left) == 1:
        return left[0].member, "; then ".join(reasons)
    return None, f"no rule tells {len(left)} of its files apart"


def _place(candidate: Candidate) -> tuple[str, str]:
    return candidate.member.store, candidate.member.path


def _nothing(_: ReviewMember) -> Attributes:
    return {}


def suggest(
    view: GroupView,
    rules: Rules,
    facts: Mapping[bytes, Facts],
    held: Callable[[ReviewMember], bool],
    attributes: Callable[[ReviewMember], Attributes] = _nothing,
) -> tuple[ReviewMember | None, str]:
    """Say which file of a group would stay, for a person who decides; the relation may be any."""
    return choose(_candidates(view.members, facts, held, attributes), rules)


def settled(
    view: GroupView,
    rules: Rules,
    facts: Mapping[bytes, Facts],
    held: Callable[[ReviewMember], bool],
    attributes: Callable[[ReviewMember], Attributes] = _nothing,
) -> Proposal | str:
    """Return what the rules settle of an open group, or why they leave it open.

    Where other files of a group are not theirs to settle, files of one picture still are.
    """
    if view.group.state is not State.OPEN:
        return f"the group is {view.group.state}"
    why = "its relation is not one that the rules may settle"
    for part in _parts(view, rules):
        stays, reason = choose(_candidates(part, facts, held, attributes), rules)
        if stays is not None:
            covers = tuple(m.position for m in part)
            return Proposal(view.group.key, view.group.version, stays.position, covers, reason)
        why = reason
    return why


def _parts(view: GroupView, rules: Rules) -> Iterable[list[ReviewMember]]:
    """Yield the files that rules may settle together: all of a group, or those of one picture."""
    asked = [m for m in view.members if m.part is not Part.INTENDED]
    relations = {m.relation for m in view.members if m.relation is not None}
    untouched = all(m.part is Part.UNDECIDED for m in asked)
    if relations <= rules.settle and untouched and len(asked) > 1:
        yield asked
        return
    pictures: dict[int, list[ReviewMember]] = {}
    for member in asked:
        pictures.setdefault(member.picture, []).append(member)
    for part in pictures.values():
        same_bytes = len({m.sha256 for m in part}) == 1
        between = Relation.IDENTICAL_BYTES if same_bytes else Relation.IDENTICAL_PIXELS
        undecided = all(m.part is Part.UNDECIDED for m in part)
        if len(part) > 1 and undecided and between in rules.settle:
            yield part


def _candidates(
    members: Sequence[ReviewMember],
    facts: Mapping[bytes, Facts],
    held: Callable[[ReviewMember], bool],
    attributes: Callable[[ReviewMember], Attributes],
) -> list[Candidate]:
    return [Candidate(m, facts.get(m.sha256, {}), held(m), attributes(m)) for m in members]
