"""The verb `decide`."""

from pathlib import Path

import click

from monoprint.cli.options import (
    authority_option,
    catalog_option,
    default_catalog,
    existing,
    person_option,
)


@click.command(
    "decide",
    epilog="""\b
Examples:
  monoprint decide                                   # the default rules
  monoprint decide --rules rules.toml --dry-run      # only say what would be settled
  monoprint decide --rules rules.toml --store housing --as kim --why "Spring clean 2026\"""",
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The keep rules (TOML) [default: identical bytes and pixels, by a built-in order].",
)
@click.option("--store", default="", metavar="NAME", help="Only groups with files in this store.")
@click.option("--why", default="", help="A reason that is kept with each decision.")
@click.option(
    "--dry-run", is_flag=True, help="Only say what would be settled, in whole or in part."
)
@person_option
@authority_option
@catalog_option
def command(
    rules: Path | None,
    store: str,
    why: str,
    dry_run: bool,
    person: str,
    authority: Path | None,
    catalog: str | None,
) -> None:
    """Settle what keep rules clearly settle, and leave the rest open for people.

    Nothing in a store is changed: a decision says what may happen once a plan is approved.
    """
    from monoprint.catalog.store import open_catalog
    from monoprint.cli import terminal
    from monoprint.model.review import Filter
    from monoprint.pipeline import reconcile

    place = existing(catalog or default_catalog())
    loaded = reconcile.load_rules(rules)
    authorities, _ = reconcile.load_authority(authority)
    opened = open_catalog(place)
    with reconcile.OnDemand() as workers:
        done, left = reconcile.settle_by_rules(
            opened, workers, loaded, authorities, person, why, terminal.progress(),
            Filter(store=store), dry_run=dry_run,
        )  # fmt: skip
    terminal.say(
        f"{done.settled:,} {'would be' if dry_run else 'were'} settled, in whole or in part."
    )
    # Only settling shows which groups are left open in part.
    stay = "would be left as they are" if dry_run else "stay open, in whole or in part"
    for reason, count in left:
        terminal.say(f"{count:,} {stay}: {reason}.")
    if done.changed:
        terminal.say(f"{len(done.changed):,} were changed by somebody else meanwhile.")
