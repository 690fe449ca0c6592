"""The verb `plan`."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from monoprint.cli.options import (
    authority_option,
    catalog_option,
    default_catalog,
    existing,
    person_option,
)
from monoprint.errors import UsageError

_ACTIONS = ("report", "hardlink", "reflink", "symlink", "quarantine", "redirect")


@click.command(
    "plan",
    epilog="""\b
Examples:
  monoprint plan --out plan.json                           # report only: what it would come to
  monoprint plan --out plan.json --action quarantine --as kim
  monoprint plan --out plan.json --action hardlink --store housing --price 0.25 --currency HKD
  monoprint plan --out purge.json --delete-after 90        # what has lain in quarantine so long""",
)
@click.option(
    "--out",
    "-o",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The plan's file.",
)
@click.option(
    "--action",
    type=click.Choice(_ACTIONS),
    default="report",
    show_default=True,
    help="What is to happen to copies.",
)
@click.option(
    "--delete-after",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Plan to delete what was put into quarantine at least so many days ago.",
)
@click.option("--store", default="", metavar="NAME", help="Only copies in this store.")
@click.option(
    "--price",
    default="0.023",
    show_default=True,
    metavar="AMOUNT",
    help="What a GB costs a month.",
)
@click.option("--currency", default="USD", show_default=True, help="The currency of the price.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day for which holds and authorities are asked [default: today].",
)
@click.option("--at", metavar="TIME", help="A time to write into the plan [default: none].")
@person_option
@authority_option
@catalog_option
def command(
    out: Path,
    action: str,
    delete_after: int | None,
    store: str,
    price: str,
    currency: str,
    on: datetime | None,
    at: str | None,
    person: str,
    authority: Path | None,
    catalog: str | None,
) -> None:
    """Write down what would happen to which copy, and what it saves; nothing is changed.

    Without an authority that covers a copy, nothing is planned for it but a report.
    """
    if delete_after and action != "report":
        raise UsageError("--delete-after is an action of its own", advice="Leave --action out.")
    try:
        amount = Decimal(price)
    except InvalidOperation as error:
        raise UsageError(f"--price takes an amount such as 0.023, not {price}") from error
    if not (amount.is_finite() and 0 <= amount < 1_000_000):
        raise UsageError(f"--price takes an amount such as 0.023, not {price}")
    from monoprint.catalog.store import open_catalog
    from monoprint.cli import terminal
    from monoprint.model.plan import Action
    from monoprint.pipeline import reconcile
    from monoprint.resolve.keys import Keyring, config_folder

    wanted = reconcile.Wanted(
        author=person,
        action=Action.DELETE if delete_after else Action(action),
        price=amount,
        currency=currency,
        on=None if on is None else on.date(),
        created=at,
        store=store,
        purge_days=delete_after or 0,
    )
    opened = open_catalog(existing(catalog or default_catalog()))
    with reconcile.OnDemand() as workers:
        made = reconcile.make_plan(
            opened, workers, wanted, authority, out, Keyring(config_folder()), terminal.progress()
        )
    terminal.say(terminal.plan_summary(made))
    if made.head.action is not Action.REPORT and made.totals["authorised_now"]["files"]:
        signed = "" if made.signatures else " (not signed: there is no key of that name)"
        terminal.say(
            f"Made by {person}{signed}. Next, a second person: monoprint approve {out}"
            if made.head.persons > 1
            else f"Made by {person}{signed}. Next: monoprint approve {out}"
        )
