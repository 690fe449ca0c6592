"""The tables: columns, cells that are safe in a spreadsheet, Parquet of the same content."""

import csv
import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from monoprint.model.asset import path_name
from monoprint.report import tables
from monoprint.report.tables import TableReport, path_cell, text_cell

FILES = (
    "path,store,status,reason,format,bytes,width,height,frames,sha256,pdq,quality,group,note,iscc,"
    "derived,attributes"
)
GROUPS = (
    "group,path,store,role,relation,changes,certainty,via,distance,bytes,width,height,format,waste,"
    "identical_to,evidence,sha256,derived"
)
DIFFERING = "attribute,group,value,path,store,relation,sha256"
WARNINGS = "a,b,relation,where,certainty,evidence,changes,a_sha256,b_sha256"
FIXITY = "path,store,what,told,expected,found"
TABLES = {
    "files": FILES, "groups": GROUPS, "differing": DIFFERING, "warnings": WARNINGS,
    "fixity": FIXITY,
}  # fmt: skip


@pytest.fixture
def folder(odd, tmp_path):
    paths = TableReport().write(odd, tmp_path)
    assert [path.name for path in paths] == [
        "files.csv",
        "files.parquet",
        "groups.csv",
        "groups.parquet",
        "differing.csv",
        "differing.parquet",
        "warnings.csv",
        "warnings.parquet",
        "fixity.csv",
        "fixity.parquet",
    ]
    return tmp_path


def rows(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def plain_path(cell: str) -> str:
    """Read a path's cell as the documentation says."""
    return path_name(cell.removeprefix("./"))


def plain_text(cell: str) -> str:
    """Read a text's cell as the documentation says."""
    return cell.removeprefix("'")


def plain_located(cell: str) -> str:
    """Read the cell of a ``store:path`` as the documentation says."""
    return path_name(cell.removeprefix("'"))


@pytest.mark.parametrize(("name", "header"), TABLES.items())
def test_columns_and_line_ends(folder, name, header):
    text = (folder / f"{name}.csv").read_bytes().decode()
    assert text.split("\n")[0] == header
    assert "\r" not in text
    assert text.endswith("\n")
    assert pq.read_schema(folder / f"{name}.parquet").names == header.split(",")


@pytest.mark.parametrize("name", TABLES)
def test_no_cell_is_a_formula(folder, name):
    for row in rows(folder / f"{name}.csv"):
        for cell in row.values():
            for piece in [cell, *cell.split(";")[1:]]:
                assert not piece.startswith(
                    ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
                )


def test_every_listed_file_is_there_with_its_group(odd, folder):
    found = rows(folder / "files.csv")
    group_of = {(m.store, m.path): g.id for g in odd.audit.groups for m in g.members}
    for row, asset in zip(found, odd.files(), strict=True):
        assert plain_path(row["path"]) == path_name(asset.path)
        assert plain_text(row["store"]) == asset.store
        assert plain_text(row["reason"]) == asset.reason
        assert plain_text(row["note"]) == asset.note
        assert row["status"] == asset.status
        assert row["bytes"] == str(asset.bytes)
        assert row["width"] == ("" if asset.width is None else str(asset.width))
        assert row["sha256"] == (asset.sha256.hex() if asset.sha256 else "")
        assert row["group"] == group_of.get((asset.store, asset.path), "")
        assert plain_text(row["derived"]) == asset.derived
        assert json.loads(row["attributes"] or "{}") == dict(asset.attributes)


def test_every_member_is_there_and_a_representative_has_no_relation(odd, folder):
    found = rows(folder / "groups.csv")
    members = [(group, member) for group in odd.audit.groups for member in group.members]
    for row, (group, member) in zip(found, members, strict=True):
        assert row["group"] == group.id
        assert plain_path(row["path"]) == path_name(member.path)
        assert row["relation"] == (member.relation or "")
        assert row["distance"] == ("" if member.distance is None else str(member.distance))
        assert plain_text(row["changes"]) == "; ".join(c.text for c in member.changes)
        assert row["certainty"] == ("" if member.certainty is None else str(member.certainty))
        assert plain_located(row["via"]) == path_name(member.via)
        assert row["evidence"] == member.evidence
        assert row["waste"] == member.waste
        assert row["sha256"] == member.sha256
        if row["role"] == "representative":
            assert row["relation"] == row["distance"] == row["certainty"] == row["via"] == ""


def test_every_file_of_a_differing_group_is_there_if_it_has_the_attribute(odd, folder):
    found = rows(folder / "differing.csv")
    members = [
        (group, member, value)
        for group in odd.audit.groups
        for member in group.members
        if (value := dict(member.attributes).get("=number"))
    ]
    assert len(found) == len(members) == 2 * len(odd.audit.groups)
    for row, (group, member, value) in zip(found, members, strict=True):
        assert row["group"] == group.id
        assert (plain_text(row["attribute"]), plain_located(row["value"])) == ("=number", value)
        assert plain_path(row["path"]) == path_name(member.path)
        assert plain_text(row["store"]) == member.store
        assert (row["relation"], row["sha256"]) == (member.relation, member.sha256)


def test_every_warning_is_there(odd, folder):
    found = rows(folder / "warnings.csv")
    assert len(found) > 2
    for row, warned in zip(found, odd.audit.warnings, strict=True):
        assert plain_located(row["a"]) == path_name(warned.a)
        assert plain_located(row["b"]) == path_name(warned.b)
        assert row["relation"] == warned.relation
        assert plain_text(row["where"]) == warned.where
        assert float(row["certainty"]) == warned.certainty
        assert row["evidence"] == warned.evidence
        assert plain_text(row["changes"]) == "; ".join(c.text for c in warned.changes)
        assert (row["a_sha256"], row["b_sha256"]) == (warned.a_sha256, warned.b_sha256)


def test_a_file_s_note_says_what_is_wrong_with_its_fixity(odd, tmp_path):
    asset = next(iter(odd.files()))
    finding = replace(odd.audit.fixity[0], store=asset.store, path=asset.path, told="extra")
    audit = replace(odd.audit, fixity=(finding,), notices=())
    TableReport().write(replace(odd, audit=audit), tmp_path)
    assert [row["note"] for row in rows(tmp_path / "files.csv") if row["note"]] == ["extra"]


def test_every_fixity_finding_is_there(folder, odd):
    found = [
        (plain_path(r["path"]), r["what"], plain_text(r["told"]), plain_text(r["expected"]),
         plain_text(r["found"]))
        for r in rows(folder / "fixity.csv")
    ]  # fmt: skip
    assert found == [
        (path_name(f.path), f.what, f.told, f.expected, f.found) for f in odd.audit.fixity
    ]


@pytest.mark.parametrize("name", TABLES)
def test_parquet_holds_what_csv_holds_without_the_guard(folder, name):
    table = pq.read_table(folder / f"{name}.parquet")

    def located(text):
        return text_cell(text.replace(";=", "\\u003b="))

    def escaped(text):
        return text.replace(";=", "\\u003b=")

    guards = {"path": path_cell, "attributes": escaped} | dict.fromkeys(
        ("identical_to", "via", "a", "b", "attribute", "value"), located
    )
    for row, plain in zip(rows(folder / f"{name}.csv"), table.to_pylist(), strict=True):
        for column, value in plain.items():
            guard = guards.get(column, text_cell) if isinstance(value, str) else str
            assert row[column] == ("" if value is None else guard(value))


def test_parquet_has_types(folder):
    types = {f.name: str(f.type) for f in pq.read_schema(folder / "files.parquet")}
    assert types["path"] == "string"
    assert types["bytes"] == "int64"
    assert types["width"] == "int32"
    assert types["quality"] == "int16"
    types = {f.name: str(f.type) for f in pq.read_schema(folder / "warnings.parquet")}
    assert types["certainty"] == "double"


def test_rows_are_written_while_files_are_read(odd, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_ROW_GROUP", 10)
    TableReport().write(odd, tmp_path)
    files = pq.ParquetFile(tmp_path / "files.parquet").metadata
    listed = len(list(odd.files()))
    assert files.num_rows == listed
    assert files.num_row_groups == -(-listed // 10)
    assert len(rows(tmp_path / "files.csv")) == listed


@pytest.mark.parametrize(
    ("path", "cell"),
    [
        ("plain.png", "plain.png"),
        ("=1.png", "./=1.png"),
        ("@x/+.png", "./@x/+.png"),
        ("a;=1.png", "a\\u003b=1.png"),
        ("a;b.png", "a;b.png"),
        ("\uff1d1.png", "./\uff1d1.png"),
    ],
)
def test_a_path_s_cell_is_the_same_path(path, cell):
    assert path_cell(path) == cell
    assert plain_path(cell) == path


@pytest.mark.parametrize("text", ["", "plain", "=1", "'=1", "''", "-1", "\tx"])
def test_a_text_s_cell_comes_back(text):
    assert plain_text(text_cell(text)) == text
