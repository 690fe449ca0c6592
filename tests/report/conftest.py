"""Audits to write down: one of odd names, one of drawn pictures, one of many groups."""

import hashlib
import math
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from monoprint.findings.attributes import differing
from monoprint.findings.matrix import matrix
from monoprint.imaging import evidence
from monoprint.model.asset import Asset, Status, path_text
from monoprint.model.finding import (
    Audit,
    Definition,
    Fixity,
    FormatTotals,
    Group,
    Level,
    Member,
    Notice,
    Problem,
    Role,
    SharedStores,
    StoreTotals,
    Totals,
    Warned,
    Waste,
)
from monoprint.model.fixity import Breach
from monoprint.model.match import Box, Change, Relation, Verdict
from monoprint.report.interface import ReportInput

ODD_NAMES = (
    "line\nbreak.png",
    "turn\u202egnp.exe",
    'quote "and", comma.png',
    "latin-\udce9t\udce9.png",
    "</script><img src=x onerror=document.title='broken'>.png",
    "<!--<script>.png",
    "emoji 🦊.png",
    "עברית.png",
    "back\\slash.png",
    "=HYPERLINK(A1).png",
    "+1.png",
    "-1.png",
    "@sum.png",
    "cell;=1+1.png",
    "line\u2028separator.png",
)


@dataclass(frozen=True)
class Copy:
    """One file of a group that a test asks for; the first of a group is its representative."""

    store: str
    path: str
    content: str
    relation: Relation | None = None
    waste: Waste = Waste.NONE
    changes: tuple[Change, ...] = ()
    certainty: float | None = None
    via: str = ""
    evidence: str = ""
    distance: int | None = None
    format: str = "PNG"
    bytes: int = 1000
    width: int = 640
    height: int = 480
    frames: int = 1
    attributes: tuple[tuple[str, str], ...] = ()


def sha(content: str) -> str:
    return hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()


def as_group(copies: list[Copy]) -> Group:
    first_of: dict[str, Copy] = {}
    members = []
    for place, copy in enumerate(copies):
        first = first_of.setdefault(copy.content, copy)
        members.append(
            Member(
                store=copy.store,
                path=copy.path,
                role=Role.MEMBER if place else Role.REPRESENTATIVE,
                relation=copy.relation,
                changes=copy.changes,
                certainty=copy.certainty,
                via=copy.via,
                distance=copy.distance,
                identical_to="" if first is copy else f"{first.store}:{first.path}",
                evidence=copy.evidence,
                waste=copy.waste,
                format=copy.format,
                bytes=copy.bytes,
                width=copy.width,
                height=copy.height,
                frames=copy.frames,
                sha256=sha(copy.content),
                attributes=copy.attributes,
            )
        )
    order = list(Relation)
    return Group(
        id=sha("|".join(f"{c.store}:{c.path}" for c in copies))[:12],
        relation=max((c.relation for c in copies if c.relation), key=order.index),
        members=tuple(members),
        certain_bytes=sum(c.bytes for c in copies if c.waste is Waste.CERTAIN),
        possible_bytes=sum(c.bytes for c in copies if c.waste is Waste.POSSIBLE),
    )


def as_asset(member: Member, note: str = "") -> Asset:
    return Asset(
        store=member.store,
        path=member.path,
        status=Status.OK,
        reason="",
        note=note,
        format=member.format,
        bytes=member.bytes,
        width=member.width,
        height=member.height,
        frames=member.frames,
        sha256=bytes.fromhex(member.sha256),
        pdq=bytes(range(32)),
        quality=100,
        iscc=None,
        derived="=rendered" if member.attributes else "",
        attributes=member.attributes,
    )


def totals(assets: Iterable[Asset], waste: dict[tuple[str, str], Waste]) -> Totals:
    counts: Counter[str] = Counter()
    for asset in assets:
        counts["files"] += 1
        counts["bytes"] += asset.bytes
        counts[asset.status] += 1
        if kind := waste.get((asset.store, asset.path)):
            counts[f"{kind}_files"] += 1
            counts[f"{kind}_bytes"] += asset.bytes
    return Totals(**counts)


def as_report(
    groups: list[list[Copy]],
    singles: Iterable[Asset] = (),
    notes: dict[tuple[str, str], str] | None = None,
    thumbnails: dict[str, str] | None = None,
    stores: dict[str, str] | None = None,
    warnings: Iterable[Warned] = (),
    level: Level = Level.VISUAL,
    fixity: Iterable[Fixity] = (),
    attributes: tuple[str, ...] = (),
) -> ReportInput:
    """Return the input of a report that adds up, from copies and from files outside groups."""
    notes = notes or {}
    found = [as_group(copies) for copies in groups]
    members = [member for group in found for member in group.members]
    assets = [as_asset(m, notes.get((m.store, m.path), "")) for m in members]
    assets = sorted([*assets, *singles], key=lambda a: (a.store, a.path))
    waste = {(m.store, m.path): m.waste for m in members}
    names = sorted({asset.store for asset in assets} | set(stores or {}))
    locations = stores or {name: f"/srv/{name}" for name in names}
    formats = sorted({asset.format for asset in assets})
    shared = []
    for first, second in combinations_with_replacement(names, 2):
        both = [g for g in found if _in_both(g, first, second)]
        if both:
            files = sum(m.store in (first, second) for g in both for m in g.members)
            certain = sum(_same_in_both(g, first, second) for g in both)
            shared.append(SharedStores(first, second, len(both), certain, files))
    audit = Audit(
        definition=Definition(level),
        totals=totals(assets, waste),
        stores=tuple(
            StoreTotals(
                name, locations[name], totals((a for a in assets if a.store == name), waste)
            )
            for name in names
        ),
        formats=tuple(
            FormatTotals(name, totals((a for a in assets if a.format == name), waste))
            for name in formats
        ),
        shared=tuple(shared),
        groups=tuple(found),
        warnings=tuple(warnings),
        fixity=tuple(fixity),
        problems=tuple(
            Problem(a.store, a.path, a.status, a.reason)
            for a in assets
            if a.status is not Status.OK
        ),
        notices=tuple(Notice(a.store, a.path, a.note) for a in assets if a.note),
        differing=differing(found, attributes),
        matrices=tuple(matrix(found, name) for name in attributes),
    )
    return ReportInput(audit, lambda: iter(assets), thumbnails or {})


def _in_both(group: Group, first: str, second: str) -> bool:
    stores = Counter(member.store for member in group.members)
    return stores[first] > 1 if first == second else bool(stores[first] and stores[second])


def _same_in_both(group: Group, first: str, second: str) -> bool:
    contents = Counter(m.sha256 for m in group.members if m.store == first)
    if first == second:
        return any(number > 1 for number in contents.values())
    return any(contents[m.sha256] for m in group.members if m.store == second)


def failed(store: str, path: str, status: Status, reason: str, size: int = 0) -> Asset:
    return Asset(
        store, path, status, reason, "", "", size, None, None, None, None, None, None, None
    )


@pytest.fixture(scope="session")
def odd() -> ReportInput:
    """Return a report whose paths, store, reasons and notes are as awkward as they get."""
    groups = [
        [
            Copy("=archive", path_text(f"a/{name}"), name),
            Copy(
                "=archive",
                path_text(name),
                name,
                Relation.IDENTICAL_BYTES,
                Waste.CERTAIN,
                attributes=(("=number", "=P;=1"),),
            ),
            Copy(
                "press & <b>web</b>",
                path_text(name),
                f"{name} smaller",
                Relation.SIMILAR,
                Waste.POSSIBLE,
                (Change("turn", 90.0, "rotated 90°"),),
                distance=12,
                attributes=(("=number", "<b>P-2</b>"), ("other", "x")),
            ),
            Copy(
                "press & <b>web</b>",
                path_text(f"twin/{name}"),
                f"{name} tiny",
                Relation.CROPPED,
                Waste.FREE,
                (Change("crop", 0.5, "=cropped to 50 %"), Change("greyscale", None, "-grey")),
                0.875,
                f"press & <b>web</b>:{path_text(name)}",
                "evidence/broken.webp",
            ),
        ]
        for name in ODD_NAMES
    ]
    singles = [
        failed("=archive", "broken.jpg", Status.UNREADABLE, "=the file ends early, at 3\nbytes", 7),
        failed("=archive", "notes.doc", Status.UNSUPPORTED, "'quoted' kind", 8),
        failed("press & <b>web</b>", "bomb.png", Status.REFUSED, "-1 pixels", 9),
    ]
    warnings = [
        Warned(
            f"=archive:{path_text(name)}",
            f"press & <b>web</b>:{path_text(name)}",
            Relation.BURST if place % 2 else Relation.EDITED,
            (Change("edit", 0.02, "-other content"),) if place % 3 else (),
            "@upper left" if place % 4 else "",
            place / len(ODD_NAMES),
            "evidence/broken.webp" if place == 1 else "",
            sha(name),
            sha(f"{name} smaller"),
        )
        for place, name in enumerate(ODD_NAMES)
    ]
    fixity = [
        Fixity(
            "=archive",
            path_text(f"bag/{name}"),
            what,
            "=md5:00",
            "-md5:11",
            f"@{what}: =told of {place}",
        )
        for place, name in enumerate(ODD_NAMES)
        for what in Breach
    ]
    notes = {("=archive", "+1.png"): "@odd"}
    return as_report(
        groups, singles, notes, warnings=warnings, fixity=fixity, attributes=("=number",)
    )


@pytest.fixture(scope="session")
def empty() -> ReportInput:
    """Return the report of an audit that found no file."""
    return as_report([])


def many_groups(number: int) -> ReportInput:
    """Return a report of `number` groups of three files, with a growing waste, and no pictures."""
    groups = []
    for place in range(number):
        name = f"{place:05d}"
        size = 10_000 + place
        groups.append(
            [
                Copy(
                    "master", f"series/{name}/picture-{name}.tif", name, format="TIFF", bytes=size
                ),
                Copy(
                    "press" if place % 2 else "master",
                    f"out/{name}.tif",
                    name,
                    Relation.IDENTICAL_BYTES,
                    Waste.CERTAIN,
                    format="TIFF",
                    bytes=size,
                ),
                Copy(
                    "web",
                    f"small/{name}.jpg",
                    f"{name} small",
                    Relation.SIMILAR,
                    Waste.POSSIBLE,
                    distance=place % 32,
                    format="JPEG",
                    bytes=(place * 7919) % 5000,
                ),
            ]
        )
    return as_report(groups)


@pytest.fixture(scope="session")
def many() -> ReportInput:
    return many_groups(10_000)


@pytest.fixture(scope="session")
def branches() -> ReportInput:
    """Return a report of sixteen stores with long names, which all share something."""
    names = [f"Branch library {letter}, local history" for letter in "ABCDEFGHIJKLMNOP"]
    return as_report(
        [
            [
                Copy(first, f"there/{place}.jpg", str(place)),
                Copy(
                    second, f"here/{place}.jpg", str(place), Relation.IDENTICAL_BYTES, Waste.CERTAIN
                ),
            ]
            for place, (first, second) in enumerate(combinations_with_replacement(names, 2))
        ]
    )


# Drawn pictures


def _landscape(seed: int) -> Image.Image:
    """Draw a picture that differs enough from its neighbours to be told apart at a glance."""
    chance = random.Random(seed)
    width, height = chance.choice([(480, 320), (480, 360), (360, 480), (480, 300)])
    hue = chance.random() * 360
    picture = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(picture)
    for y in range(height):
        light = 92 - 40 * y / height
        draw.line(
            [(0, y), (width, y)], fill=f"hsl({(hue + 25 * y / height) % 360:.0f},45%,{light:.0f}%)"
        )
    x, y, r = chance.randrange(width), chance.randrange(height // 2), chance.randrange(18, 46)
    draw.ellipse([x - r, y - r, x + r, y + r], fill=f"hsl({(hue + 180) % 360:.0f},80%,78%)")
    for layer in range(4):
        base = height * (0.45 + 0.14 * layer)
        phase, wave = chance.random() * 7, 50 + chance.random() * 90
        ridge = [
            (px, base + 24 * math.sin(px / wave + phase) + 9 * math.sin(px / 17 + phase * layer))
            for px in range(0, width + 8, 8)
        ]
        shade = 48 - 10 * layer
        draw.polygon(
            [(0, height), *ridge, (width, height)],
            fill=f"hsl({(hue + 30 * layer) % 360:.0f},38%,{shade}%)",
        )
    for _ in range(chance.randrange(0, 7)):
        px, h = chance.randrange(width), chance.randrange(30, 110)
        draw.rectangle(
            [px, height - h - 30, px + chance.randrange(14, 40), height],
            fill=f"hsl({hue:.0f},20%,16%)",
        )
    return picture.filter(ImageFilter.GaussianBlur(0.6))


def draw_thumbnails(pictures: dict[str, Image.Image], folder: Path) -> dict[str, str]:
    """Save each content's picture below `folder` and return where, by checksum."""
    thumbnails = {}
    for content, picture in pictures.items():
        name = f"thumbnails/{sha(content)[:2]}/{sha(content)}.jpg"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture.convert("RGB").save(folder / name, quality=85)
        thumbnails[sha(content)] = name
    return thumbnails


def draw_evidence(
    folder: Path,
    contents: tuple[str, str],
    pictures: dict[str, Image.Image],
    laid: tuple[Image.Image, Image.Image],
    verdict: Verdict,
) -> str:
    """Draw how two pictures compare; `laid` are the two where they show the same."""
    first, second = (np.asarray(pictures[content].convert("RGB")) for content in contents)
    a, b = (np.asarray(picture.convert("RGB")) for picture in laid)
    heat = np.abs(a.astype(np.int16) - b).max(axis=2).astype(np.uint8)
    name = f"evidence/{sha(contents[0])}-{sha(contents[1])}.webp"
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(evidence.draw(first, second, b, heat, verdict))
    return name


def cropped_and_marked(
    master: Copy, picture: Image.Image, pictures: dict[str, Image.Image], folder: Path
) -> list[Copy]:
    """Return a crop of a picture, and a copy of the crop with a line of text on it."""
    width, height = picture.size
    box = (width // 5, height // 4, width * 4 // 5, height * 3 // 4)
    crop = picture.crop(box)
    marked = crop.copy()
    text = (crop.width // 3, crop.height - 34)
    ImageDraw.Draw(marked).text(text, "© City Museum", "white", ImageFont.load_default(18))
    contents = [master.content, f"{master.content} crop", f"{master.content} marked"]
    pictures |= {contents[1]: crop, contents[2]: marked}
    x, y = 0.2, 0.25
    window = ((x, y), (1 - x, y), (1 - x, 1 - y), (x, 1 - y))
    onto = (1 - 2 * x, 0.0, x, 0.0, 1 - 2 * y, y, 0.0, 0.0, 1.0)
    cut = Change("crop", 0.3, "cropped to 30 % of the picture")
    first = replace(
        master,
        store="Press office",
        path=f"Exhibition 2019/Posters/{master.path[-12:-4]}-detail.png",
        content=contents[1],
        relation=Relation.CROPPED,
        waste=Waste.POSSIBLE,
        changes=(cut,),
        certainty=0.962,
        evidence=draw_evidence(
            folder,
            (contents[0], contents[1]),
            pictures,
            (crop, crop),
            Verdict(Relation.CROPPED, (cut,), matrix=onto, first_window=window),
        ),
        format="PNG",
        bytes=1_203_400,
        width=crop.width * 10,
        height=crop.height * 10,
    )
    laid_on = Change("overlay", 0.04, "text or a logo on 4 % of the picture")
    place = Box(text[0] / crop.width, text[1] / crop.height, 0.9, 0.97)
    second = replace(
        first,
        path=f"{first.path[:-4]}-web.png",
        content=contents[2],
        relation=Relation.OVERLAID,
        changes=(laid_on,),
        certainty=0.884,
        via=f"{first.store}:{first.path}",
        evidence=draw_evidence(
            folder,
            (contents[1], contents[2]),
            pictures,
            (crop, marked),
            Verdict(Relation.OVERLAID, (laid_on,), where=(place,)),
        ),
    )
    return [first, second]


def _certificate(name: str, number: str) -> Image.Image:
    picture = Image.new("RGB", (700, 500), "#fbfaf5")
    pen = ImageDraw.Draw(picture)
    pen.rectangle([18, 18, 681, 481], outline="#7a6a3a", width=3)
    for text, place, height, colour in (
        ("Certificate of residence", (150, 60), 34, "#2a2a2a"),
        ("issued to", (80, 160), 18, "#777"),
        (name, (80, 190), 40, "#111"),
        ("number", (80, 290), 18, "#777"),
        (number, (80, 320), 32, "#111"),
    ):
        pen.text(place, text, colour, ImageFont.load_default(height))
    return picture


def look_alikes(pictures: dict[str, Image.Image], folder: Path) -> list[Warned]:
    """Return warnings: certificates of one form, and two shots of one moment without evidence."""
    people = [("Anna Keller", "10 334"), ("Paul Meier", "10 871"), ("Ida Sommer", "12 009")]
    forms = [f"certificate {number}" for _, number in people]
    pictures |= dict(zip(forms, (_certificate(*person) for person in people), strict=True))
    edited = Change("edit", 0.05, "other content on 5 % of the picture")
    where = (Box(0.1, 0.37, 0.5, 0.48), Box(0.1, 0.63, 0.3, 0.72))
    verdict = Verdict(Relation.EDITED, (edited,), where=where)
    warnings = [
        Warned(
            f"Education:forms/{first}.png",
            f"Education:forms/{second}.png",
            Relation.EDITED,
            (edited,),
            "left, at the middle and below it",
            0.91,
            draw_evidence(
                folder, (first, second), pictures, (pictures[first], pictures[second]), verdict
            ),
            sha(first),
            sha(second),
        )
        for place, first in enumerate(forms)
        for second in forms[place + 1 :]
    ]
    shots = ["DSC_0101", "DSC_0102"]
    pictures |= {shot: _landscape(90).rotate(place) for place, shot in enumerate(shots)}
    burst = Warned(
        f"Press office:2022/opening/{shots[0]}.JPG",
        f"Press office:2022/opening/{shots[1]}.JPG",
        Relation.BURST,
        (Change("moment", 0.4, "taken 0.4 seconds later"),),
        "",
        0.78,
        "",
        sha(shots[0]),
        sha(shots[1]),
    )
    alone = Change("contested", None, "resized if seen alone; but what else matches one is not")
    contested = replace(
        burst, b=f"Press office:2022/web/{shots[1]}.JPG", relation=Relation.CONTESTED,
        changes=(alone,), certainty=0.999,
    )  # fmt: skip
    return [*warnings, burst, contested]


STORES = {
    "Collection master": "//nas-01/collection/master",
    "Education": "//nas-02/education",
    "Press office": "//nas-02/press",
    "Scans 2011-2014": "/mnt/tape-restore/scans",
    "Website uploads": "/srv/www/uploads",
}


def museum(folder: Path) -> ReportInput:
    """Return a lifelike report of five stores with drawn pictures below `folder`."""
    chance = random.Random(7)
    subjects = ["harbour", "market-hall", "north-facade", "portrait-keeper", "river-bend", "tower"]
    pictures: dict[str, Image.Image] = {}
    groups: list[list[Copy]] = []
    for number in range(46):
        name = f"{chance.choice(subjects)}-{1900 + number}"
        picture = _landscape(number)
        width, height = (side * 10 for side in picture.size)
        master = f"{name} master"
        pictures[master] = picture
        size = chance.randrange(18_000_000, 64_000_000)
        first = Copy(
            "Collection master",
            f"photographs/{1900 + number}/{name}.tif",
            master,
            format="TIFF",
            bytes=size,
            width=width,
            height=height,
        )
        copies = [first]
        again = replace(first, relation=Relation.IDENTICAL_BYTES, waste=Waste.CERTAIN)
        if number % 3 == 0:
            copies.append(
                replace(
                    again,
                    store="Scans 2011-2014",
                    path=f"batch {number:02d}/IMG_{4000 + number}.TIF",
                )
            )
        if number % 7 == 0:
            copies.append(
                replace(again, path=f"photographs/_to sort/{name} (1).tif", waste=Waste.FREE)
            )
        if number % 4 == 1:
            pixels = f"{name} lossless"
            pictures[pixels] = picture
            copies.append(
                replace(
                    again,
                    store="Press office",
                    path=f"Exhibition 2019/High res/{name}_print.png",
                    content=pixels,
                    relation=Relation.IDENTICAL_PIXELS,
                    format="PNG",
                    bytes=int(size * 0.7),
                )
            )
        if number % 2 == 0 or len(copies) == 1:
            small = f"{name} small"
            pictures[small] = picture.resize((picture.width * 2 // 3, picture.height * 2 // 3))
            web = Copy(
                "Website uploads",
                f"2021/{number % 12 + 1:02d}/{name}-1200.jpg",
                small,
                Relation.RESIZED,
                Waste.POSSIBLE,
                (
                    Change("resize", 1200 / width, f"resized to {1200 / width:.0%}"),
                    Change("encode", 80.0, "TIFF to JPEG of quality 80"),
                ),
                0.9991,
                distance=chance.randrange(0, 9),
                format="JPEG",
                bytes=chance.randrange(180_000, 900_000),
                width=1200,
                height=1200 * height // width,
            )
            copies.append(web)
            copies.append(
                replace(
                    web,
                    store="Education",
                    path=f"Worksheets/Year {number % 6 + 1}/{name}.jpg",
                    waste=Waste.CERTAIN,
                )
            )
        if number % 5 == 0:
            turned = f"{name} turned"
            pictures[turned] = ImageOps.grayscale(picture).rotate(90, expand=True)
            copies.append(
                Copy(
                    "Scans 2011-2014",
                    f"batch {number:02d}/unnamed/scan{number:04d}.jp2",
                    turned,
                    Relation.ADJUSTED,
                    Waste.POSSIBLE,
                    (
                        Change("resize", 0.5, "resized to 50 %"),
                        Change("turn", 90.0, "rotated 90° counter-clockwise"),
                        Change("greyscale", None, "greyscale"),
                    ),
                    0.97,
                    distance=chance.randrange(10, 31),
                    format="JPEG 2000",
                    bytes=chance.randrange(2_000_000, 7_000_000),
                    width=height // 2,
                    height=width // 2,
                )
            )
        if number % 3 == 1:
            copies += cropped_and_marked(copies[0], picture, pictures, folder)
        groups.append(copies)
    pictures["blank"] = Image.new("RGB", (320, 240), "hsl(210,8%,86%)")
    blank = Copy(
        "Website uploads",
        "themes/default/placeholder.gif",
        "blank",
        format="GIF",
        bytes=4_312,
        width=320,
        height=240,
        frames=12,
    )
    groups.append(
        [
            blank,
            *(
                replace(
                    blank,
                    path=f"uploads/{year}/{number:03d}/placeholder.gif",
                    relation=Relation.IDENTICAL_BYTES,
                    waste=Waste.CERTAIN,
                )
                for year in range(2012, 2022)
                for number in range(140)
            ),
        ]
    )
    singles = [
        replace(
            as_asset(as_group(groups[0]).members[0]),
            store=store,
            path=f"single/{number:05d}.tif",
            bytes=24_000_000,
            format=chance.choice(["TIFF", "TIFF", "JPEG", "PNG"]),
        )
        for store in STORES
        for number in range(240)
    ]
    reasons = [
        (Status.UNREADABLE, "the JPEG data ends early, after 40,960 of 812,004 bytes"),
        (Status.UNREADABLE, "permission denied"),
        (Status.UNSUPPORTED, "a camera raw file (CR2), which is not read"),
        (Status.UNSUPPORTED, "not a picture: PDF document"),
        (Status.REFUSED, "more pixels (312,000,000) than the limit of 250,000,000"),
        (Status.REFUSED, "a symbolic link that leaves the store"),
    ]
    singles += [
        failed(
            store,
            f"{chance.choice(subjects)}/old disks/DSC_{number:04d}.jpg",
            *chance.choice(reasons),
            812_004,
        )
        for number, store in enumerate(list(STORES) * 25)
    ]
    odd = [
        "named .jpg and is PNG",
        "3 of 3 frames compared; 9 more left out",
        "too plain to be compared by its fingerprint",
    ]
    notes = {
        (member.store, member.path): chance.choice(odd)
        for copies in groups[:40]
        for member in copies[:1]
    }
    warnings = look_alikes(pictures, folder)
    thumbnails = draw_thumbnails(pictures, folder)
    return as_report(groups, singles, notes, thumbnails, STORES, warnings, Level.DEEP)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[ReportInput, Path]:
    """Return the lifelike report and the folder that holds its pictures."""
    folder = tmp_path_factory.mktemp("museum")
    return museum(folder), folder
