"""What the options of a store's location may be."""

from monoprint.errors import UsageError
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
