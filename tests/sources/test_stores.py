"""Files of named stores."""

import pytest

from monoprint.errors import UsageError
from monoprint.sources.stores import load


@pytest.fixture
def stores(tmp_path):
    def written(text):
        path = tmp_path / "stores.toml"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return written


def test_stores_come_in_the_order_of_the_file_with_their_options(stores):
    assert list(
        stores(
            """
            [photos]
            location = "s3://bucket/prefix"
            endpoint = "http://127.0.0.1:9000"
            anonymous = true
            requests = 50
            allow = ["a.example", "b.example"]
            [landreg]
            location = "/mnt/scans"
            """
        ).items()
    ) == [
        (
            "photos",
            "s3://bucket/prefix#allow=a.example+b.example,anonymous=yes,"
            "endpoint=http://127.0.0.1:9000,requests=50",
        ),
        ("landreg", "/mnt/scans"),
    ]


def test_a_table_of_rows_needs_no_scheme(stores):
    assert stores('[a]\nlocation = "/mnt/listings.csv"\npath = "photo"\nid = "no"') == {
        "a": "table:/mnt/listings.csv#id=no,path=photo"
    }


def test_options_in_the_table_go_before_those_of_the_location(stores):
    assert stores('[a]\nlocation = "s3://b#region=x,endpoint=e"\nregion = "y"') == {
        "a": "s3://b#endpoint=e,region=y"
    }


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[a]\nregion = "x"', "a has no location"),
        ("a = 1", "a has no location"),
        ('[a]\nlocation = "s3://b"\nsecret_access_key = "x"', "holds a secret"),
        ('[a]\nlocation = "s3://b"\npassword = "x"', "holds a secret"),
        ('[a]\nlocation = "sftp://me:x@host/scans"', "holds a password"),
        ('[a]\nlocation = "s3://b"\nendpoint = "https://me:x@host"', "holds a password"),
        ('[a]\nlocation = "s3://b"\nx = {y = 1}', "neither a text"),
        ('[a]\nlocation = "/mnt"\nregion = "x"', "has no options"),
        ("[a", "not TOML"),
    ],
)
def test_what_is_no_store_or_holds_a_secret_is_refused_in_words(stores, text, what):
    with pytest.raises(UsageError, match=what):
        stores(text)


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        load(tmp_path / "none.toml")
