"""The page as it is written; how it behaves is in test_html_browser."""

import base64
import hashlib
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from monoprint.model.asset import Status
from monoprint.model.finding import Problem, Warned
from monoprint.model.match import Relation
from monoprint.report.html import HtmlReport, page
from monoprint.report.html.page import count, embedded, size


def written(report, folder) -> str:
    (path,) = HtmlReport().write(report, folder)
    return path.read_bytes().decode()


def test_the_policy_allows_the_page_s_own_script_and_style_alone(odd, tmp_path):
    text = written(odd, tmp_path)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(r'\s(?:style|on\w+)="', text)


def test_the_page_names_no_other_host(odd, tmp_path):
    assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", written(odd, tmp_path))


def test_names_cannot_end_the_data_or_become_markup(odd, tmp_path):
    text = written(odd, tmp_path)
    (data,) = re.findall(r'id="data">(.*?)</script>', text, re.DOTALL)
    assert not set("<>&\u2028\u2029") & set(data)
    assert json.loads(data)["groups"]
    assert "<img" not in text
    assert "<b>web" not in text


def test_totals_are_shown_and_add_up(odd, tmp_path):
    text = written(odd, tmp_path)
    (terms,) = re.findall(r'<dl class="sum">(.*?)</dl>', text, re.DOTALL)
    listed, *parts = (int(n.replace(",", "")) for n in re.findall(r"<dd>([\d,]+)</dd>", terms))
    assert listed == sum(parts) == odd.audit.totals.files
    assert len(parts) == 4


def test_the_definition_is_told(odd, tmp_path):
    text = written(odd, tmp_path)
    assert "pdq/1" in text
    assert "at most 31 bits of 256 apart" in text
    assert "never a duplicate to delete" in text


def test_the_summary_speaks_of_the_ladder(drawn, tmp_path):
    report = drawn[0]
    text = written(report, tmp_path)
    (ladder,) = re.findall(r'<ol class="ladder".*?</ol>', text, re.DOTALL)
    rung = r'data-relation="([a-z-]+)".*?class="amount">([\d,]+) (files?|pairs?)'
    told = re.findall(rung, ladder, re.DOTALL)
    found = Counter(m.relation for g in report.audit.groups for m in g.members if m.relation)
    found += Counter(warned.relation for warned in report.audit.warnings)
    assert {name: int(number.replace(",", "")) for name, number, _ in told} == found
    order = [relation.value for relation in Relation]
    assert [name for name, _, _ in told] == sorted(found, key=order.index)
    warn = {name for name, _, noun in told if noun.startswith("pair")}
    assert warn == {"edited", "burst", "contested"}


def test_warnings_cost_nothing(drawn):
    report = drawn[0]
    bare = replace(report, audit=replace(report.audit, warnings=()))
    assert json.loads(embedded(report))["groups"] == json.loads(embedded(bare))["groups"]


def test_a_filter_offers_the_relations_that_are_there(odd, tmp_path):
    text = written(odd, tmp_path)
    (options,) = re.findall(r'<select id="relation">(.*?)</select>', text)
    assert re.findall(r'value="([a-z-]+)"', options) == ["identical-bytes", "cropped", "similar"]
    (options,) = re.findall(r'<select id="warning-relation">(.*?)</select>', text)
    assert re.findall(r'value="([a-z-]+)"', options) == ["edited", "burst"]


def test_the_data_says_each_change_once(drawn):
    data = json.loads(embedded(drawn[0]))
    assert len(data["changes"]) == len(set(data["changes"]))
    assert "greyscale" in data["changes"]


def test_evidence_pictures_lie_beside_the_page(drawn):
    report, folder = drawn
    members = [m for g in report.audit.groups for m in g.members]
    named = [m.evidence for m in members if m.evidence]
    named += [w.evidence for w in report.audit.warnings if w.evidence]
    assert named
    assert all(Path(folder, name).is_file() for name in named)


def test_an_empty_audit_is_told_as_such(empty, tmp_path):
    text = written(empty, tmp_path)
    assert text.count("No file was listed.") == 2
    assert 'class="matrix' not in text


def test_too_much_for_a_page_is_said_and_the_dearest_is_shown(many, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "GROUPS_SHOWN", 3)
    monkeypatch.setattr(page, "LISTED", 2)
    monkeypatch.setattr(page, "WARNINGS_SHOWN", 4)
    problem = Problem("master", "broken.jpg", Status.UNREADABLE, "ends early")
    warning = Warned("master:a", "web:b", Relation.EDITED, (), "", 0.5, "", "0" * 64, "1" * 64)
    audit = replace(many.audit, problems=(problem,) * 5, warnings=(warning,) * 5)
    report = replace(many, audit=audit)
    data = json.loads(embedded(report))
    assert [group[1] for group in data["groups"]] == [19_999, 19_998, 19_997]
    assert len(data["problems"]) == 2
    text = written(report, tmp_path)
    assert "the 3 groups with the most waste, of 10,000" in text
    assert "The first 2 of 5" in text
    assert len(data["warnings"]) == 4
    assert "The first 4 of 5" in text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (9_995, "10.0 kB"),
        (12_345_678, "12.3 MB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (3 * 10**18, "3000 PB"),
    ],
)
def test_sizes_are_in_human_units(number, text):
    assert size(number) == text


def test_counts_bear_their_noun():
    assert count(1, "file", "files") == "1 file"
    assert count(1234, "file", "files") == "1,234 files"
    assert count(1234) == "1,234"


def test_fixity_stands_in_the_summary_and_in_a_section(odd, empty, tmp_path):
    text = written(odd, tmp_path)
    count = len(odd.audit.fixity) // 5
    summary = text[text.index('id="summary"') : text.index('id="where"')]
    assert f"{count} altered, {count} missing, {count} extra, {count} invalid" in summary
    assert '<section id="fixity">' in text
    assert len(json.loads(embedded(odd))["fixity"]) == len(odd.audit.fixity)
    assert "Fixity:" not in written(empty, tmp_path)
