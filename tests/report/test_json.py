"""The JSON report and its published schema."""

import json
from dataclasses import asdict, fields, replace

import pytest
from jsonschema import Draft202012Validator

from monoprint.model.asset import path_name
from monoprint.model.finding import Audit, Member, Warned
from monoprint.report.interface import ReportInput
from monoprint.report.json import SCHEMA, JsonReport, load_schema
from monoprint.version import VERSION


def written(report: ReportInput, folder) -> tuple[str, dict]:
    (path,) = JsonReport().write(report, folder)
    text = path.read_bytes().decode()
    return text, json.loads(text)


def errors(document: dict) -> list[str]:
    return [error.message for error in Draft202012Validator(load_schema()).iter_errors(document)]


def test_the_schema_is_one():
    Draft202012Validator.check_schema(load_schema())
    assert load_schema()["$id"] == SCHEMA


@pytest.mark.parametrize("name", ["odd", "empty", "many"])
def test_real_output_fits_the_schema(name, request, tmp_path):
    _, document = written(request.getfixturevalue(name), tmp_path)
    assert errors(document) == []


@pytest.mark.parametrize(
    "break_it",
    [
        lambda d: d.update(extra=1),
        lambda d: d.pop("notices"),
        lambda d: d.update(schema="urn:monoprint:report:1"),
        lambda d: d["totals"].update(files=-1),
        lambda d: d["definition"].update(radius=257),
        lambda d: d["groups"][0].update(relation="alike"),
        lambda d: d["groups"][0]["members"].reverse(),
        lambda d: d["groups"][0].update(members=d["groups"][0]["members"][:1]),
        lambda d: d["groups"][0]["members"][1].update(relation=None),
        lambda d: d["groups"][0]["members"][0].update(sha256="ABC"),
        lambda d: d["groups"][0]["members"][0].update(width=-1),
        lambda d: d["groups"][0]["members"][0].update(certainty=1.0),
        lambda d: d["groups"][0]["members"][0].update(via="a:b"),
        lambda d: d["groups"][0]["members"][1].update(relation="edited"),
        lambda d: d["groups"][0]["members"][1].update(changes="rotated"),
        lambda d: d["groups"][0]["members"][2]["changes"][0].pop("size"),
        lambda d: d["groups"][0]["members"][3].update(certainty=1.1),
        lambda d: d["warnings"][0].update(relation="cropped"),
        lambda d: d["warnings"][0].update(certainty=None),
        lambda d: d["warnings"][0].pop("b_sha256"),
        lambda d: d["differing"][0]["groups"][0]["values"].pop(),
        lambda d: d["differing"][0]["groups"][0]["values"][0].update(files=0),
        lambda d: d["matrices"][0].pop("left_out"),
        lambda d: d["groups"][0]["members"][1].update(attributes=[["=number", "1"]]),
        lambda d: d["problems"][0].update(status="ok"),
        lambda d: d["fixity"][0].update(what="fine"),
        lambda d: d["fixity"][0].pop("expected"),
    ],
)
def test_the_schema_is_strict(break_it, odd, tmp_path):
    _, document = written(odd, tmp_path)
    break_it(document)
    assert errors(document)


def test_it_holds_the_whole_audit_in_the_model_s_order(odd, tmp_path):
    _, document = written(odd, tmp_path)
    names = [field.name for field in fields(Audit)]
    assert list(document) == ["schema", "monoprint", *names]
    assert document["monoprint"] == VERSION
    audit = odd.audit
    for name in (*names[2:],):
        assert len(document[name]) == len(getattr(audit, name))
    for group, member in ((g, m) for g in range(len(audit.groups)) for m in range(4)):
        expected = audit.groups[group].members[member]
        found = document["groups"][group]["members"][member]
        assert list(found) == [field.name for field in fields(Member)]
        changed = {
            "changes": list(map(asdict, expected.changes)),
            "attributes": dict(expected.attributes),
        }
        assert found == asdict(expected) | changed
    for found, warned in zip(document["warnings"], audit.warnings, strict=True):
        assert list(found) == [field.name for field in fields(Warned)]
        assert found == asdict(warned) | {"changes": list(map(asdict, warned.changes))}


def test_totals_add_up(odd, tmp_path):
    _, document = written(odd, tmp_path)
    totals = document["totals"]
    statuses = ("ok", "unreadable", "unsupported", "refused")
    assert totals["files"] == sum(totals[status] for status in statuses) == len(list(odd.files()))
    for key, value in totals.items():
        assert value == sum(store["totals"][key] for store in document["stores"])
        assert value == sum(format_["totals"][key] for format_ in document["formats"])
    assert totals["certain_bytes"] == sum(g["certain_bytes"] for g in document["groups"])


def test_names_come_back(odd, tmp_path):
    _, document = written(odd, tmp_path)
    paths = {path_name(m["path"]) for g in document["groups"] for m in g["members"]}
    assert {"line\nbreak.png", "latin-\udce9t\udce9.png", "emoji 🦊.png"} <= paths


def test_each_item_has_a_line_and_the_file_ends_with_one(odd, empty, tmp_path):
    text, document = written(odd, tmp_path)
    assert text.endswith("\n}\n")
    assert "\r" not in text
    lines = text.split("\n")
    for warned in document["warnings"]:
        assert sum(json.dumps(warned, ensure_ascii=False) in line for line in lines) == 1
    for group in document["groups"]:
        for member in group["members"]:
            assert sum(json.dumps(member, ensure_ascii=False) in line for line in lines) == 1
    text, _ = written(empty, tmp_path)
    assert '"groups": []' in text


def test_text_that_utf_8_cannot_hold_is_escaped(odd, tmp_path):
    store = replace(odd.audit.stores[0], location="/srv/\udce9")
    report = replace(odd, audit=replace(odd.audit, stores=(store, *odd.audit.stores[1:])))
    text, document = written(report, tmp_path)
    assert "/srv/\\udce9" in text
    assert document["stores"][0]["location"] == "/srv/\udce9"
