"""The text form of paths."""

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monoprint.model.asset import path_name, path_text

# Characters that turn the direction of what follows, or mark it.
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

file_names = st.one_of(
    st.binary(max_size=60).map(os.fsdecode),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.lists(
        st.sampled_from(["\\", "x41", "u0041", "\udc41", "\udcff", "\n", "é", "a", "\u202e", "/"]),
        max_size=12,
    ).map("".join),
)


@given(file_names)
def test_text_turns_back_into_the_name(name):
    assert path_name(path_text(name)) == name


@given(st.binary(max_size=60))
def test_any_bytes_of_a_file_system_come_back(raw):
    assert os.fsencode(path_name(path_text(os.fsdecode(raw)))) == raw


@given(file_names, file_names)
def test_two_names_never_have_one_text(first, second):
    assert (path_text(first) == path_text(second)) == (first == second)


@given(file_names)
def test_text_is_printable_utf8_on_one_line(name):
    text = path_text(name)
    text.encode()
    assert len(text.splitlines()) <= 1
    assert not {unicodedata.category(char) for char in text} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(text) & set(TURNING)


@given(st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="\\")))
def test_ordinary_names_stay_as_they_are(name):
    assert path_text(name) == name


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain name.jpg", "plain name.jpg"),
        ("café-日本-🖼.jpg".encode(), "café-日本-🖼.jpg"),
        (b"latin1-\xe9t\xe9.jpg", r"latin1-\xe9t\xe9.jpg"),
        (b"new\nline\ttab\x07", r"new\u000aline\u0009tab\u0007"),
        (b"delete\x7f", r"delete\u007f"),
        (b"back\\slash", r"back\\slash"),
        (b"\\xe9", r"\\xe9"),
        ("rtl-\u202egpj.exe".encode(), r"rtl-\u202egpj.exe"),
        ("\u2028".encode(), r"\u2028"),
        (b" outer spaces ", " outer spaces "),
        (b"", ""),
    ],
)
def test_text_form(raw, text):
    assert path_text(os.fsdecode(raw)) == text


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_folder_and_name_are_escaped_apart_or_together_alike(folder, name):
    whole = os.fsdecode(folder) + "/" + os.fsdecode(name)
    assert path_text(whole) == path_text(os.fsdecode(folder)) + "/" + path_text(os.fsdecode(name))


@pytest.mark.parametrize("char", TURNING, ids=ascii)
def test_characters_that_turn_text_are_escaped(char):
    assert path_text(f"a{char}b") == f"a\\u{ord(char):04x}b"
