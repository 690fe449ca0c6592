"""The verb `apply`."""

from pathlib import Path

import click

from monoprint.cli.options import (
    authority_option,
    catalog_option,
    default_catalog,
    existing,
    person_option,
)

_SHOWN = 20


@click.command(
    "apply",
    epilog="""\b
Examples:
  monoprint apply plan.json --dry-run      # reads everything again, changes nothing
  monoprint apply plan.json                # interrupted or killed, run it again: it goes on""",
)
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would become of each step.")
@click.option("--strict", is_flag=True, help="End with code 16 if any step was skipped.")
@person_option
@authority_option
@catalog_option
def command(
    plan: Path,
    dry_run: bool,
    strict: bool,
    person: str,
    authority: Path | None,
    catalog: str | None,
) -> None:
    """Carry an approved plan out: each file is read again first, each step can be undone.

    The journal beside the plan says what was done; keep both.
    """
    from monoprint.catalog.store import open_catalog
    from monoprint.cli import terminal
    from monoprint.errors import StepsSkipped
    from monoprint.pipeline import reconcile
    from monoprint.resolve.keys import Keyring, config_folder

    opened = open_catalog(existing(catalog or default_catalog()))
    outcome = reconcile.carry_out(
        opened, plan, authority, Keyring(config_folder()), person, terminal.progress(),
        dry_run=dry_run,
    )  # fmt: skip
    said = "would be done" if dry_run else "done"
    terminal.say(
        f"{outcome.done:,} steps {said}, {terminal.size(outcome.freed)}; "
        f"{len(outcome.skipped):,} skipped; {outcome.reported:,} only reported"
        + (f"; {outcome.before:,} dealt with before" if outcome.before else "")
        + "."
    )
    for number, place, reason in outcome.skipped[:_SHOWN]:
        terminal.say(f"  step {number}, {place}: {reason}")
    if len(outcome.skipped) > _SHOWN:
        for reason, count in outcome.reasons():
            terminal.say(f"  {count:,} x {reason}")
    if outcome.written:
        terminal.say("Nothing was changed here. For whoever holds the stores:")
        for path in outcome.written:
            terminal.say(f"  {path}")
    elif not dry_run and outcome.done:
        back = (
            "It is gone for good."
            if outcome.for_good
            else f"To put it back: monoprint undo {plan}."
        )
        terminal.say(f"{back} Audit again to see the stores as they are.")
    if strict and outcome.skipped:
        raise StepsSkipped(
            f"{len(outcome.skipped):,} steps were skipped", advice="Make a new plan for them."
        )
