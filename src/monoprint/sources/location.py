"""Where stores are, as text: a path of this machine, or ``scheme:place#option=value,…``."""

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from monoprint.errors import UsageError
from monoprint.model.formats import TABLES

# One letter and a colon are a drive of Windows.
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]+):(.*)", re.DOTALL)

_TABLE: Final = re.compile(rf"\.(?:{'|'.join(TABLES)})(?:\.gz)?$", re.IGNORECASE)

# An option that is an address, as an endpoint is, with a password in it.
_TELLS_PASSWORD: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*:[^/?#]*@", re.IGNORECASE)

_SAFE: Final = "/:@ *?+"
# An address that ends so is one of a manifest or collection of IIIF.
_MANIFEST: Final = re.compile(r"//[^?#]*/(?:manifest|collection|[^/?#]+\.json)$")


@dataclass(frozen=True, slots=True)
class Location:
    """A store's place with what it takes to read it.

    `scheme` is "" for a folder or file of this machine, whose `place` is the text form of its path;
    else the place is what stands behind the colon. `options` are (name, value), sorted by name.
    Its text holds no secret; credentials are named in it.
    """

    scheme: str
    place: str
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        if not self.scheme:
            return self.place
        options = ",".join(f"{name}={quote(value, _SAFE)}" for name, value in self.options)
        return f"{self.scheme}:{self.place}{f'#{options}' if options else ''}"

    def option(self, name: str, default: str = "") -> str:
        """Return an option's value, or the default."""
        return dict(self.options).get(name, default)

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine, so that the place is a path."""
        return not self.place.startswith("//") and ":" not in self.place.partition("/")[0]

    def holds(self, other: "Location") -> bool:
        """Say whether all of another location lies in this one."""
        if (self.scheme, self.options) != (other.scheme, other.options):
            return False
        if not self.scheme:
            return PurePath(other.place).is_relative_to(PurePath(self.place))
        return f"{other.place.rstrip('/')}/".startswith(f"{self.place.rstrip('/')}/")


def parse(text: str) -> Location:
    """Return the location that a text names. Raises UsageError for options without a value."""
    match = _SCHEME.fullmatch(text)
    if match is None:
        place, sign, options = text.rpartition("#")
        if sign and is_table(place) and "=" in options:
            return Location("table", place, _options(options))
        return Location("", text)
    scheme, rest = match.groups()
    place, sign, options = rest.rpartition("#")
    if not sign:
        place, options = rest, ""
    if scheme in {"http", "https"} and _MANIFEST.match(place):
        scheme, place = "iiif", f"{scheme}:{place}"
    return Location(scheme, place, _options(options) if sign else ())


def is_table(place: str) -> bool:
    """Say whether a path is that of a table, by its name."""
    return _TABLE.search(place) is not None


def _options(text: str) -> tuple[tuple[str, str], ...]:
    found = {}
    for each in text.split(","):
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise UsageError(
                f"the option {each!r} has no value",
                advice="Options of a store are #name=value,name=value; a comma in a value is %2C.",
            )
        found[name] = unquote(value)
    return tuple(sorted(found.items()))


def refuse_secrets(location: Location) -> None:
    """Raise UsageError for a location with a password in it: it is written down and shown.

    That is in the place, or in an option that is an address; or for a place that is no address.
    """
    whole = f"x:{location.place}" if location.place.startswith("//") else location.place
    try:
        parts = urlsplit(whole)
    except ValueError as error:
        raise UsageError(
            f"the location of a store ({location.scheme}:) is no address: {error}"
        ) from error
    asked = parts.query if parts.netloc else ""
    if (
        parts.password is not None
        or any("passw" in name.lower() for name, _ in parse_qsl(asked))
        or any(_TELLS_PASSWORD.match(value) for _, value in location.options)
    ):
        raise UsageError(
            f"the location of a store ({location.scheme}:) holds a password",
            advice="Leave it out and add #credentials=NAME; `monoprint sources` says where "
            "credentials are looked for.",
        )
