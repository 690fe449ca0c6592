"""Pictures behind URLs that a table or a query gives."""

import importlib.util
from collections import OrderedDict
from typing import TYPE_CHECKING, BinaryIO, Final

from monoprint.errors import MissingExtra, UsageError
from monoprint.sources.interface import Content
from monoprint.sources.location import Location
from monoprint.sources.pace import pace_of

if TYPE_CHECKING:
    from monoprint.sources.web import Web

# The options of a store whose pictures are behind URLs.
OPTIONS: Final = frozenset({"allow", "private", "bandwidth", "requests"})

# Hosts that connections are kept to: a table names a few again and again.
_HOSTS_KEPT: Final = 20


def check(location: Location) -> None:
    """Raise UsageError for options that make no sense, MissingExtra if nothing can be asked."""
    pace_of(location)
    if location.option("private", "no") not in {"yes", "no"}:
        raise UsageError("private= is yes or no", advice="#private=yes asks private addresses too.")
    if importlib.util.find_spec("urllib3") is None:
        raise MissingExtra(
            "pictures behind URLs cannot be read: urllib3 is not installed",
            advice="pip install 'monoprint[remote]'",
        )


class Addresses:
    """Asks for URLs: of the hosts that `allow` names (``a.example+b.example``), else of any.

    Without `allow` a host may not send on to another one. What else is refused is told in
    `monoprint.sources.web`.
    """

    def __init__(self, location: Location, *, max_bytes: int) -> None:
        self._allowed = [host for host in location.option("allow").split("+") if host]
        self._private = location.option("private") == "yes"
        self._pace = pace_of(location)
        self._max_bytes = max_bytes
        self._webs: OrderedDict[str, Web] = OrderedDict()

    def read(self, url: str) -> Content:
        """Return what is behind a URL. Raises Unreadable or Refused."""
        found = self._web(url).get(url, max_bytes=self._max_bytes)
        return Content(found.data, found.modified_ns)

    def open(self, url: str) -> BinaryIO:
        """Open what is behind a URL to be read here and there. Raises Unreadable or Refused."""
        return self._web(url).open(url)

    def close(self) -> None:
        """Give up connections."""
        while self._webs:
            self._webs.popitem()[1].close()

    def _web(self, url: str) -> "Web":
        from monoprint.sources.web import Web, host_of

        host = "" if self._allowed else host_of(url)
        web = self._webs.pop(host, None)
        if web is None:
            web = Web(self._allowed or [host], private=self._private, pace=self._pace)
        self._webs[host] = web
        if len(self._webs) > _HOSTS_KEPT:
            self._webs.popitem(last=False)[1].close()
        return web
