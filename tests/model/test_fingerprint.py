"""A fingerprint's name holds its recipe, and values stay as they were made."""

from dataclasses import FrozenInstanceError

import pytest

from monoprint.errors import Refused, Unreadable, Unsupported
from monoprint.kernels.pdq import ORIENTATIONS
from monoprint.model.asset import Listed, Status
from monoprint.model.finding import Definition
from monoprint.model.fingerprint import PDQ, FingerprintSpec, PdqCode
from monoprint.model.match import TURNS


def test_a_recipe_is_written_as_name_and_version():
    assert str(FingerprintSpec("pdq", 2, 256)) == "pdq/2"
    assert str(PDQ) == Definition().recipe


def test_every_orientation_has_a_name_for_people():
    assert len(TURNS) == len(ORIENTATIONS)
    assert len(set(TURNS)) == len(TURNS)


def test_every_unread_error_is_a_status():
    raised = {error.status for error in (Unreadable, Unsupported, Refused)}
    assert raised == set(Status) - {Status.OK, Status.CONTAINER, Status.LISTED}


@pytest.mark.parametrize("value", [PdqCode(0, b"", b"", 0), Listed("a"), PDQ])
def test_values_are_frozen(value):
    field = next(iter(value.__slots__))
    with pytest.raises(FrozenInstanceError):
        setattr(value, field, None)
