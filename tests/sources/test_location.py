"""Locations: what a text names, and that its text names it again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monoprint.errors import UsageError
from monoprint.sources.location import Location, parse, refuse_secrets


@pytest.mark.parametrize(
    ("text", "scheme", "place", "options"),
    [
        ("/mnt/scans", "", "/mnt/scans", ()),
        ("C:\\scans", "", "C:\\scans", ()),
        ("/mnt/no=option#here", "", "/mnt/no=option#here", ()),
        ("s3://bucket/prefix", "s3", "//bucket/prefix", ()),
        ("s3://b/p#region=x,endpoint=http://h:1", "s3", "//b/p",
         (("endpoint", "http://h:1"), ("region", "x"))),
        ("bag:/mnt/bags/0007", "bag", "/mnt/bags/0007", ()),
        ("listings.csv#url=photo,id=no", "table", "listings.csv", (("id", "no"), ("url", "photo"))),
        ("listings.csv", "", "listings.csv", ()),
        ("postgresql://h/land?query=SELECT id, image FROM deeds", "postgresql",
         "//h/land?query=SELECT id, image FROM deeds", ()),
    ],
)  # fmt: skip
def test_a_text_is_a_path_or_a_scheme_with_options(text, scheme, place, options):
    assert parse(text) == Location(scheme, place, options)


@given(
    st.dictionaries(st.from_regex("[a-z]{1,8}", fullmatch=True), st.text(max_size=20), max_size=4)
)
def test_options_of_any_text_come_back(options):
    location = Location(
        "s3", "//bucket/a#b" if options else "//bucket/a", tuple(sorted(options.items()))
    )
    assert parse(str(location)) == location


@pytest.mark.parametrize("text", ["s3://b#region", "s3://b#=x", "s3://b#a=1,,b=2"])
def test_an_option_needs_a_name_and_a_value(text):
    with pytest.raises(UsageError, match="no value"):
        parse(text)


@pytest.mark.parametrize(
    ("outer", "inner", "holds"),
    [
        ("/mnt/a", "/mnt/a/b", True),
        ("/mnt/a", "/mnt/a", True),
        ("/mnt/a", "/mnt/ab", False),
        ("/mnt/a/b", "/mnt/a", False),
        ("s3://b/p", "s3://b/p/q", True),
        ("s3://b/p", "s3://b/pq", False),
        ("s3://b/p#region=x", "s3://b/p/q#region=y", False),
        ("/mnt/a", "s3://mnt/a", False),
    ],
)
def test_a_store_within_a_store_is_told(outer, inner, holds):
    assert parse(outer).holds(parse(inner)) is holds


@pytest.mark.parametrize(
    ("text", "local"),
    [("/mnt/a", True), ("a/b", True), ("bag:/mnt/a", True), ("bag:a", True), ("t.csv#url=u", True),
     ("s3://b/p", False), ("iiif:https://h/m.json", False)],
)  # fmt: skip
def test_what_lies_on_this_machine_is_told(text, local):
    assert parse(text).is_local is local


@pytest.mark.parametrize(
    "text",
    [
        "sftp://me:hunter2@host/scans",
        "iiif:https://me:hunter2@host/manifest",
        "s3://b#anonymous=yes,endpoint=https://me:hunter2@host:9000",
        "postgresql://host/land?sslpassword=hunter2&query=SELECT id, image FROM deeds",
    ],
)
def test_a_password_in_a_location_is_refused_without_being_repeated(text):
    with pytest.raises(UsageError, match="holds a password") as raised:
        refuse_secrets(parse(text))
    assert "hunter2" not in f"{raised.value}{raised.value.advice}"


@pytest.mark.parametrize(
    "text",
    [
        "sftp://me@host/scans",
        "s3://b#endpoint=https://host:9000",
        "postgresql://host/land?query=SELECT 'a://b:c@d' AS id, password FROM deeds",
        "listings.csv#path=photo,password=passwords",
    ],
)
def test_what_only_looks_like_a_password_is_none(text):
    refuse_secrets(parse(text))


def test_a_place_that_is_no_address_is_a_usage_error():
    with pytest.raises(UsageError, match="is no address"):
        refuse_secrets(parse("sftp://[host/scans"))
