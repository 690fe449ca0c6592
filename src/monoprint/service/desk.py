"""What the desk's pages work with."""

from dataclasses import dataclass
from pathlib import Path

from monoprint.catalog.store import Catalog
from monoprint.pipeline.pictures import Pictures
from monoprint.pipeline.reconcile import Answering, load_authority, load_rules
from monoprint.resolve.authority import Authority
from monoprint.resolve.keep import Rules
from monoprint.resolve.keys import Keyring, config_folder


@dataclass(frozen=True, slots=True)
class Desk:
    """A catalog, who reads its files, what is suggested by which rules, and where plans go.

    `authority_file` is None for that of the settings folder; `plans` is a folder outside of all
    stores; `port` is what the desk listens on.
    """

    catalog: Catalog
    workers: Answering
    pictures: Pictures
    rules: Rules
    authority: Authority
    authority_file: Path | None
    keyring: Keyring
    plans: Path
    port: int


def open_desk(
    catalog: Catalog,
    workers: Answering,
    plans: Path,
    port: int,
    *,
    rules_file: Path | None = None,
    authority_file: Path | None = None,
) -> Desk:
    """Return a desk with its rules and authorities read. Raises RulesError."""
    return Desk(
        catalog=catalog,
        workers=workers,
        pictures=Pictures(catalog, workers),
        rules=load_rules(rules_file),
        authority=load_authority(authority_file)[0],
        authority_file=authority_file,
        keyring=Keyring(config_folder()),
        plans=plans,
        port=port,
    )
