"""Credentials: found by name, in the environment before the file."""

import sys

import pytest

from monoprint.errors import UsageError
from monoprint.sources import credentials
from monoprint.sources.credentials import credential


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / credentials.FILE
    monkeypatch.setattr(credentials, "place", lambda: path)
    path.write_text('[photos]\nusername = "me"\npassword = "in-file"\n')
    path.chmod(0o600)
    return path


def test_the_environment_goes_before_the_file(file, monkeypatch):
    assert credential("photos", "password") == "in-file"
    monkeypatch.setenv("MONOPRINT_PHOTOS_PASSWORD", "in-environment")
    assert credential("photos", "password") == "in-environment"
    assert credential("photos", "username") == "me"


def test_what_nobody_gave_is_none(file):
    assert credential("photos", "token") is None
    assert credential("other", "password") is None
    file.unlink()
    assert credential("photos", "password") is None


def test_a_name_makes_a_variable_of_letters_digits_and_underscores(file, monkeypatch):
    monkeypatch.setenv("MONOPRINT_LAND_REG_2_ACCESS_KEY_ID", "x")
    assert credential("land-reg.2", "access_key_id") == "x"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")
def test_a_file_that_others_may_read_is_refused(file):
    file.chmod(0o640)
    with pytest.raises(UsageError, match="others may read") as raised:
        credential("photos", "password")
    assert "in-file" not in str(raised.value)
    assert "chmod 600" in raised.value.advice


def test_a_file_that_is_no_toml_is_refused(file):
    file.write_text("[photos")
    with pytest.raises(UsageError, match="not a file of credentials"):
        credential("photos", "password")
