"""What the options of a store's location may be."""

from urllib.parse import urlsplit

from monoprint.errors import UsageError
from monoprint.sources import pace
from monoprint.sources.location import Location


def known(location: Location, options: tuple[str, ...]) -> None:
    """Raise UsageError for an option that this kind of store does not have."""
    for name, _ in location.options:
        if name not in options:
            raise UsageError(
                f"{location.scheme}: stores have no option {name}",
                advice=f"They have: {', '.join(sorted(options))}",
            )


def switched(location: Location, name: str) -> bool:
    """Return whether an option says yes. Raises UsageError if it says neither yes nor no."""
    value = location.option(name, "no")
    if value not in {"yes", "no"}:
        raise UsageError(f"{name}={value} is neither yes nor no", advice=f"#{name}=yes")
    return value == "yes"


def bucket_of(location: Location, options: tuple[str, ...]) -> tuple[str, str]:
    """Return the bucket that a location names, and what lies behind it there.

    Raises UsageError for none, for an option that means nothing, and for an endpoint that is not
    encrypted without a word that this is meant.
    """
    bucket, _, prefix = location.place.removeprefix("//").partition("/")
    if not location.place.startswith("//") or not bucket:
        raise UsageError(
            f"{location} names no bucket",
            advice=f"For example: {location.scheme}://bucket or {location.scheme}://bucket/folder",
        )
    known(location, options)
    endpoint = location.option("endpoint")
    if urlsplit(endpoint).scheme == "http" and not switched(location, "allow_http"):
        raise UsageError(
            f"the endpoint {endpoint} is not encrypted: keys and pictures could be read on the way",
            advice="Add allow_http=yes if that is as it should be.",
        )
    switched(location, "anonymous")
    pace.pace_of(location)
    return bucket, prefix
