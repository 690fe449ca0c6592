"""How fast a store may be read: requests and bytes a second, shared by all who read it."""

import os
import re
import threading
import time
from typing import Final

from monoprint.errors import UsageError
from monoprint.sources.location import Location

# How many worker processes there are, told to each by who starts them.
SHARED_BY: Final = "MONOPRINT_WORKERS"

# The names of the options, for the kinds of stores that have them.
OPTIONS: Final = ("bandwidth", "requests")

_UNITS: Final = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "KI": 2**10, "MI": 2**20, "GI": 2**30}
_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?) ?([KMG]I?)?B?(?:/S)?", re.IGNORECASE)


class Pace:
    """Makes its callers wait so that neither limit is passed; 0 is no limit.

    `bandwidth` is in bytes, `requests` in requests, each a second. Several threads may ask.
    """

    def __init__(self, bandwidth: float = 0, requests: float = 0) -> None:
        self._bandwidth = bandwidth
        self._requests = requests
        self._lock = threading.Lock()
        self._free_at = 0.0

    def request(self) -> None:
        """Wait until another request may be sent."""
        self._spend(1 / self._requests if self._requests else 0.0)

    def received(self, count: int) -> None:
        """Account for bytes that came, which what comes next has to wait for."""
        if self._bandwidth:
            with self._lock:
                self._free_at = max(self._free_at, time.monotonic()) + count / self._bandwidth

    def _spend(self, seconds: float) -> None:
        with self._lock:
            now = time.monotonic()
            wait = self._free_at - now
            self._free_at = max(self._free_at, now) + seconds
        if wait > 0:
            time.sleep(wait)


def pace_of(location: Location) -> Pace:
    """Return the pace that a store's options ask for, as this process's share of it.

    Raises UsageError for an option that is no amount.
    """
    share = max(1, int(os.environ.get(SHARED_BY, "1")))
    bandwidth, requests = (_amount(name, location.option(name)) / share for name in OPTIONS)
    return Pace(bandwidth, requests)


def _amount(name: str, text: str) -> float:
    if not text:
        return 0.0
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise UsageError(
            f"{name}={text} is no amount a second",
            advice="For example: #bandwidth=10MB,requests=50",
        )
    return float(match[1]) * _UNITS[(match[2] or "").upper()]
