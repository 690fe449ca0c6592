"""The verb `people`."""

import click

from monoprint.cli.options import catalog_option, default_catalog, existing


@click.group(
    "people",
    epilog="""\b
Examples:
  monoprint people add kim
  monoprint people add lee --approver
  monoprint people list""",
)
def command() -> None:
    """Say who may use the review desk, and who approves plans there."""


@command.command("add")
@click.argument("name")
@click.option("--approver", is_flag=True, help="May approve plans, too.")
@catalog_option
def add(name: str, approver: bool, catalog: str | None) -> None:
    """Let somebody use the desk, or give them another duty."""
    from monoprint.catalog.store import open_catalog
    from monoprint.cli import terminal
    from monoprint.model.review import Duty
    from monoprint.review import people

    opened = open_catalog(existing(catalog or default_catalog()))
    person = people.add(opened, name, Duty.APPROVER if approver else Duty.REVIEWER)
    terminal.say(f"{person.name} may use the desk as {person.duty}.")


@command.command("remove")
@click.argument("name")
@catalog_option
def remove(name: str, catalog: str | None) -> None:
    """Let somebody use the desk no more; what they decided stays."""
    from monoprint.catalog.store import open_catalog
    from monoprint.cli import terminal
    from monoprint.review import people

    people.remove(open_catalog(existing(catalog or default_catalog())), name)
    terminal.say(f"{name} may use the desk no more.")


@command.command("list")
@catalog_option
def list_people(catalog: str | None) -> None:
    """List everybody."""
    from monoprint.catalog.store import open_catalog
    from monoprint.cli import terminal
    from monoprint.review import people

    for person in people.everybody(open_catalog(existing(catalog or default_catalog()))):
        terminal.say(f"{person.name}  {person.duty}{'' if person.active else '  (removed)'}")
