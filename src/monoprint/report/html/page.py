"""The page: totals, charts and the matrix as HTML; groups and lists as data its script shows."""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from itertools import islice
from pathlib import Path

from monoprint.model.finding import (
    Apart,
    Audit,
    Group,
    Level,
    Member,
    SharedStores,
    Totals,
    Warned,
)
from monoprint.model.match import Change, Relation
from monoprint.report.interface import ReportInput
from monoprint.report.words import RELATION_MEANINGS, RELATION_WORDS, WASTE_WORDS, fixity_words
from monoprint.version import VERSION

# A page with more than this opens slowly or not at all; the tables beside it hold everything.
GROUPS_SHOWN = 20_000
WARNINGS_SHOWN = 5_000
DIFFERING_SHOWN = 5_000

# Pictures that stand beside each other where a group differs in an attribute.
_VALUES_PICTURED = 12
LISTED = 5_000

# Steps of the matrix's shading.
_SHADES = 6

# What was compared at each level, in the words of a sentence and of the definition.
LEVEL_WORDS = {
    Level.EXACT: ("equal bytes and equal pixels", "equal bytes and equal pixels only"),
    Level.VISUAL: (
        "equal bytes, equal pixels and similar looks",
        "equal bytes, equal pixels, and pictures that look similar",
    ),
    Level.DEEP: (
        "equal bytes and equal pixels, and laid on each other for what was changed",
        "equal bytes, equal pixels, and pictures that were laid on each other and compared",
    ),
}


class HtmlReport:
    """Writes ``report.html``: one file that needs no network, and pictures from beside it.

    The content security policy allows nothing but the page's own style and script (by their
    hashes) and pictures of the report's folder. Text of the audit reaches the page escaped in the
    frame or as JSON that the script puts in as text.
    """

    def write(self, report: ReportInput, folder: Path) -> list[Path]:
        """Write the page and return its path."""
        # Only those who write a page wait for the template engine to load.
        from jinja2 import Environment, PackageLoader, StrictUndefined

        environment = Environment(
            loader=PackageLoader("monoprint.report.html", "."),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        environment.filters |= {"size": size, "count": count}
        audit = report.audit
        style, script = _source("style.css"), _source("report.js")
        page = environment.get_template("template.html").stream(
            audit=audit,
            version=VERSION,
            style=style,
            style_hash=_hash(style),
            script=script,
            script_hash=_hash(script),
            data=embedded(report),
            relations=RELATION_WORDS,
            meanings=RELATION_MEANINGS,
            rungs=_rungs(audit),
            level=LEVEL_WORDS[audit.definition.level],
            names=_names([store.name for store in audit.stores]),
            bytes_parts=_bytes_parts(audit.totals),
            charts=(
                _chart("By store", "Store", ((s.name, s.location, s.totals) for s in audit.stores)),
                _chart(
                    "By kind of file", "Kind", ((f.format, "", f.totals) for f in audit.formats)
                ),
            ),
            matrix=_matrix(audit.shared, [store.name for store in audit.stores]),
            value_matrices=[
                (each, _matrix(each.shared, each.values)) for each in audit.matrices if each.shared
            ],
            differing_total=sum(len(each.groups) for each in audit.differing),
            differing_shown=DIFFERING_SHOWN,
            groups_shown=min(len(audit.groups), GROUPS_SHOWN),
            warnings_shown=min(len(audit.warnings), WARNINGS_SHOWN),
            listed=LISTED,
            fixity_words=fixity_words(audit.fixity),
        )
        path = folder / "report.html"
        # A lone surrogate, which UTF-8 cannot hold, becomes \uNNNN: in the data that is itself.
        with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(page)
        return [path]


def size(number: int) -> str:
    """Return a number of bytes as people say it, in decimal units."""
    if number < 1000:
        return f"{number} B"
    value = float(number)
    for unit in ("kB", "MB", "GB", "TB", "PB"):
        value /= 1000
        if value < 999.5 or unit == "PB":
            break
    # Three figures say enough, and 999.5 rounds to the next unit before it gets four.
    return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"


def count(number: int, one: str = "", many: str = "") -> str:
    """Return a number with its thousands marked, and with its noun where one is given."""
    noun = one if number == 1 else many
    return f"{number:,} {noun}" if noun else f"{number:,}"


def _source(name: str) -> str:
    return files("monoprint.report.html").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def _names(names: list[str], most: int = 6) -> tuple[list[str], int]:
    """Return the names that a title shows and how many it leaves out."""
    return (names, 0) if len(names) <= most else (names[: most - 1], len(names) - most + 1)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: its kind, where it starts and how long it is, in hundredths."""

    kind: str
    start: str
    length: str


def _bar(values: Iterable[tuple[str, int]], whole: int) -> list[Part]:
    parts, start = [], 0
    for kind, value in values:
        if value:
            parts.append(Part(kind, f"{100 * start / whole:.2f}", f"{100 * value / whole:.2f}"))
        start += value
    return parts


def _bytes_parts(totals: Totals) -> list[Part]:
    wasted = totals.certain_bytes + totals.possible_bytes + totals.free_bytes
    return _bar(
        [
            ("certain", totals.certain_bytes),
            ("possible", totals.possible_bytes),
            ("free", totals.free_bytes),
            ("rest", max(0, totals.bytes - wasted)),
        ],
        max(totals.bytes, wasted),
    )


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung of the ladder: how many files match on it (or pairs are warned of), and its bar."""

    relation: Relation
    count: int
    bar: list[Part]


def _rungs(audit: Audit) -> list[Rung]:
    """Return the rungs that something was found on, nearest first."""
    counts: Counter[Relation] = Counter()
    for group in audit.groups:
        counts.update(m.relation for m in group.members if m.relation is not None)
    counts.update(warned.relation for warned in audit.warnings)
    most = max(counts.values(), default=0)
    return [
        Rung(relation, counts[relation], _bar([(_kind(relation), counts[relation])], most))
        for relation in Relation
        if counts[relation]
    ]


def _kind(relation: Relation) -> str:
    """Return what a rung's colour says: proven to the pixel, laid on each other, or a warning."""
    if relation.warns:
        return "warns"
    if relation in {Relation.IDENTICAL_BYTES, Relation.IDENTICAL_PIXELS}:
        return "same"
    return "alike" if relation is Relation.SIMILAR else "verified"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a chart: a store with where it is, or a format."""

    name: str
    location: str
    totals: Totals
    copies: list[Part]
    bytes: list[Part]


@dataclass(frozen=True, slots=True)
class Chart:
    """A table whose cells hold bars, dearest line first."""

    title: str
    heading: str
    rows: list[Row]


def _chart(title: str, heading: str, items: Iterable[tuple[str, str, Totals]]) -> Chart:
    ranked = sorted(
        items, key=lambda item: (-item[2].certain_bytes, -item[2].possible_bytes, item[0])
    )
    most_copies = max((t.certain_files + t.possible_files for _, _, t in ranked), default=0)
    most_bytes = max((t.certain_bytes + t.possible_bytes for _, _, t in ranked), default=0)
    return Chart(
        title,
        heading,
        [
            Row(
                name,
                location,
                totals,
                _bar(
                    [("certain", totals.certain_files), ("possible", totals.possible_files)],
                    most_copies,
                ),
                _bar(
                    [("certain", totals.certain_bytes), ("possible", totals.possible_bytes)],
                    most_bytes,
                ),
            )
            for name, location, totals in ranked
        ],
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a matrix: what two stores or values share, and how dark it is."""

    shared: SharedStores
    shade: int


def _matrix(shares: Sequence[SharedStores], names: Sequence[str]) -> list[list[Cell]]:
    """Return what each two stores or values share, each pair in both places."""
    pairs = {(s.first, s.second): s for s in shares}
    most = max((s.groups for s in shares), default=0)

    def cell(first: str, second: str) -> Cell:
        shared = pairs.get((first, second)) or pairs.get((second, first))
        if shared is None or not shared.groups:
            return Cell(SharedStores(first, second, 0, 0, 0), 0)
        # By the square root, so that small overlaps still show beside a large one.
        return Cell(shared, 1 + round((_SHADES - 1) * (shared.groups / most) ** 0.5))

    return [[cell(first, second) for second in names] for first in names]


def embedded(report: ReportInput) -> str:
    """Return what the page's script shows, as JSON that no HTML parser can take for markup.

    Members refer to stores, contents and changes by their place in a list: what is said once
    makes the page much smaller. What a member lacks at the end of its row is left out.
    """
    audit = report.audit
    stores = {store.name: place for place, store in enumerate(audit.stores)}
    contents: dict[tuple[str | int, ...], int] = {}
    changes: dict[str, int] = {}

    def store_place(name: str) -> int:
        return stores.setdefault(name, len(stores))

    def told(done: tuple[Change, ...]) -> list[int]:
        return [changes.setdefault(change.text, len(changes)) for change in done]

    def member(member: Member, representative: str) -> list[object]:
        content = (
            member.sha256,
            member.format,
            member.bytes,
            member.width,
            member.height,
            member.frames,
            report.thumbnails.get(member.sha256, ""),
        )
        row = [
            store_place(member.store),
            member.path,
            contents.setdefault(content, len(contents)),
            member.relation,
            member.waste,
            told(member.changes),
            # How near the codes are says something only where nothing better was compared.
            member.distance if member.relation is Relation.SIMILAR else None,
            # That a file equals the representative is its relation; only another twin is news.
            "" if member.identical_to == representative else member.identical_to,
            member.certainty,
            member.via,
            member.evidence,
            member.derived,
        ]
        while row[-1] in (None, "", []):
            row.pop()
        return row

    def group(group: Group) -> list[object]:
        first = group.members[0]
        representative = f"{first.store}:{first.path}"
        return [
            group.id,
            group.certain_bytes,
            group.possible_bytes,
            [member(m, representative) for m in group.members],
        ]

    def file(located: str, digest: str) -> list[object]:
        store, _, path = located.partition(":")
        return [store_place(store), path, report.thumbnails.get(digest, "")]

    def warning(warned: Warned) -> list[object]:
        return [
            file(warned.a, warned.a_sha256),
            file(warned.b, warned.b_sha256),
            warned.relation,
            told(warned.changes),
            warned.where,
            warned.certainty,
            warned.evidence,
        ]

    dearest = sorted(
        audit.groups, key=lambda g: (-g.certain_bytes, -g.possible_bytes, -len(g.members))
    )
    shown = {g.id: g for g in dearest[:GROUPS_SHOWN]}
    places = {group_id: place for place, group_id in enumerate(shown)}

    def apart(attribute: str, found: Apart) -> list[object]:
        """Say where the group is, and of each value how many files have it and the first one."""
        values = [dict(m.attributes).get(attribute) for m in shown[found.group].members]
        told = [[v.value, v.files, values.index(v.value)] for v in found.values[:_VALUES_PICTURED]]
        return [attribute, places[found.group], told, len(found.values) - len(told)]

    data = {
        "groups": [group(g) for g in shown.values()],
        "differing": list(
            islice(
                (
                    apart(each.attribute, found)
                    for each in audit.differing
                    for found in each.groups
                    if found.group in shown
                ),
                DIFFERING_SHOWN,
            )
        ),
        "warnings": [warning(w) for w in audit.warnings[:WARNINGS_SHOWN]],
        "problems": [
            [store_place(p.store), p.path, p.status, p.reason] for p in audit.problems[:LISTED]
        ],
        "fixity": [[store_place(f.store), f.path, f.what, f.told] for f in audit.fixity[:LISTED]],
        "notices": [[store_place(n.store), n.path, n.note] for n in audit.notices[:LISTED]],
        "contents": list(contents),
        "changes": list(changes),
        "stores": list(stores),
        "relations": RELATION_WORDS,
        "wastes": WASTE_WORDS,
    }
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
