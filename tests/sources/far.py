"""What the contract comes to where a store is asked over a network, by servers of others."""

import pytest

from monoprint.errors import Unreadable
from monoprint.testing.source import SourceContract


class FarContract(SourceContract):
    """A server that answers whole cannot be made to change, or to bar, what it is just sending."""

    def test_an_entry_that_changes_during_the_read_is_unreadable(self, harness):
        """One answer is of one state; between two ranges the change is seen."""
        harness.put("a.tif", bytes(1_000_000))
        file = harness.open().open("a.tif")
        harness.put("a.tif", bytes(1_000_001))
        file.seek(900_000)
        with pytest.raises(Unreadable, match="changed while it was read"):
            file.read(10)

    def test_an_entry_that_cannot_be_read_is_listed_with_the_reason(self, harness):
        """Whether an entry may be read is not in its listing."""
        harness.put("a.jpg", b"a")
        (entry,) = harness.open().listing()
        assert not entry.barred
