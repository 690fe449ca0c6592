"""The page as it is written; how it behaves is in test_html_browser."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest

from monoprint.model.asset import Status
from monoprint.model.finding import Problem
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


def test_an_empty_audit_is_told_as_such(empty, tmp_path):
    text = written(empty, tmp_path)
    assert text.count("No file was listed.") == 2
    assert 'class="matrix' not in text


def test_too_much_for_a_page_is_said_and_the_dearest_is_shown(many, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "GROUPS_SHOWN", 3)
    monkeypatch.setattr(page, "LISTED", 2)
    problem = Problem("master", "broken.jpg", Status.UNREADABLE, "ends early")
    report = replace(many, audit=replace(many.audit, problems=(problem,) * 5))
    data = json.loads(embedded(report))
    assert [group[1] for group in data["groups"]] == [19_999, 19_998, 19_997]
    assert len(data["problems"]) == 2
    text = written(report, tmp_path)
    assert "the 3 groups with the most waste, of 10,000" in text
    assert "The first 2 of 5" in text


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
