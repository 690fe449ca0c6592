"""The verb `undo`."""

from pathlib import Path

import click

from monoprint.cli.options import (
    catalog_option,
    default_catalog,
    person_option,
    with_catalog,
)
from monoprint.errors import UnknownGroup

_SHOWN = 20


@click.command(
    "undo",
    epilog="""\b
Examples:
  monoprint undo                        # the plan that was carried out last
  monoprint undo plan.json              # all of a plan, also weeks later
  monoprint undo plan.json 3 17         # these steps
  monoprint undo --decision 412         # take a decision back (its number in the history)""",
)
@click.argument("what", nargs=-1)
@click.option("--decision", type=int, metavar="NUMBER", help="Take a decision back instead.")
@click.option("--why", default="", help="A reason that is kept in the history.")
@person_option
@catalog_option
def command(
    what: tuple[str, ...], decision: int | None, why: str, person: str, catalog: str | None
) -> None:
    """Put back what a plan did, from its journal alone.

    Names, contents, times and permissions are restored; what cannot be is said.
    """
    from monoprint.cli import terminal
    from monoprint.pipeline import reconcile
    from monoprint.resolve.undo import numbers

    place = catalog or default_catalog()
    with with_catalog(place) as opened:
        if decision is not None:
            if opened is None:
                raise UnknownGroup("there is no catalog, and so no decision")
            from monoprint.review import decisions

            decisions.undo(opened, decision, person, why)
            terminal.say(f"Decision {decision} is taken back.")
            return
        words = list(what)
        path = Path(words.pop(0)) if words and not words[0].isdecimal() else None
        if path is None:
            if opened is None:
                raise UnknownGroup("there is no catalog that knows a plan", advice="Name the plan.")
            path = reconcile.last_applied(opened)
        result = reconcile.put_back(opened, path, numbers(words), person, terminal.progress())
    terminal.say(
        f"{result.undone:,} steps put back, {len(result.failed):,} not"
        + (f"; {result.before:,} were before" if result.before else "")
        + "."
    )
    for number, shown, reason in [*result.failed, *result.lacking][:_SHOWN]:
        terminal.say(f"  step {number}, {shown}: {reason}")
    more = len(result.failed) + len(result.lacking) - _SHOWN
    if more > 0:
        terminal.say(f"  ... and {more:,} more, in the journal")
