"""Audits of masters with their renditions: camera raw, TIFF, drawings, JPEG XL."""

import csv
import io

import pytest

from tests.cameras import dng, jpeg

pytest.importorskip("rawpy")
resvg_py = pytest.importorskip("resvg_py")
pylibjxl = pytest.importorskip("pylibjxl")

SIZE = (1200, 800)
DRAWING = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200">
<rect width="300" height="200" fill="#f4efe0"/><circle cx="80" cy="70" r="50" fill="#c33"/>
<path d="M140 30L280 60L220 180Z" fill="#257"/><path d="M20 150H120V190H20Z" fill="#2a6"/>
<path d="M150 120L190 190H150Z" fill="#e90"/><circle cx="250" cy="150" r="30" fill="#537"/></svg>"""


@pytest.fixture(scope="module")
def report(tmp_path_factory, draw, run):
    """Audit a store of masters and renditions; return the reports' tables by name."""
    folder = tmp_path_factory.mktemp("masters")
    raw, scan = draw.scene(1, SIZE), draw.scene(2, SIZE)
    photo = draw.file(draw.scene(3, SIZE), "JPEG", quality=90)
    drawn = resvg_py.svg_to_bytes(svg_string=DRAWING.decode(), width=900)
    draw.store(
        folder / "store",
        {
            "raw.dng": dng(raw, jpeg(raw)),
            "raw.jpg": draw.file(raw.resize((900, 600)), "JPEG", quality=80),
            "scan.tif": draw.file(scan, "TIFF"),
            "scan.jpg": draw.file(scan, "JPEG", quality=80),
            "logo.svg": DRAWING,
            "logo.png": drawn,
            "photo.jpg": photo,
            "photo.jxl": pylibjxl.jpeg_to_jxl(photo),
            "again.dng": dng(draw.scene(4, SIZE)),
            "broken.dng": dng(draw.scene(5, SIZE))[:5000],
        },
    )
    ended = run("audit", folder / "store", "--out", folder / "report",
                "--catalog", folder / "catalog.db")  # fmt: skip
    assert ended.code == 0, ended.err
    return {
        name: list(csv.DictReader(io.StringIO((folder / "report" / f"{name}.csv").read_text())))
        for name in ("files", "groups")
    }


@pytest.fixture(scope="module")
def told(report):
    """What is told between two files of a group, by their paths: relation and changes."""
    found = {}
    groups = {}
    for row in report["groups"]:
        groups.setdefault(row["group"], []).append(row)
    for first, *others in groups.values():
        for row in others:
            found[first["path"], row["path"]] = (row["relation"], row["changes"])
    return found


def test_every_file_has_its_format_and_status(report):
    rows = {row["path"]: (row["status"], row["format"]) for row in report["files"]}
    assert rows["raw.dng"] == ("ok", "DNG")
    assert rows["logo.svg"] == ("ok", "SVG")
    assert rows["photo.jxl"] == ("ok", "JXL")
    assert rows["again.dng"] == ("ok", "DNG")
    assert rows["broken.dng"][0] == "unreadable"


def test_each_master_is_with_its_rendition_alone(told):
    assert {frozenset(pair) for pair in told} == {
        frozenset(pair)
        for pair in (
            ("raw.dng", "raw.jpg"), ("scan.tif", "scan.jpg"), ("logo.svg", "logo.png"),
            ("photo.jpg", "photo.jxl"),
        )
    }  # fmt: skip


@pytest.mark.parametrize(
    ("master", "rendition", "named"),
    [
        ("raw.dng", "raw.jpg", "raw master (DNG)"),
        ("scan.tif", "scan.jpg", "TIFF master"),
        ("logo.svg", "logo.png", "SVG master"),
    ],
)
def test_master_and_rendition_are_told_as_such(master, rendition, named, told):
    if (master, rendition) in told:
        assert f"rendition of a {named}" in told[master, rendition][1]
    else:
        assert f"the {named} of which this" in told[rendition, master][1]


def test_a_transcoded_jpeg_has_the_pixels_of_the_jpeg(told):
    relations = {relation for pair, (relation, _) in told.items() if "photo.jpg" in pair}
    assert relations == {"identical-pixels"}
