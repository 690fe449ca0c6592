"""The verb `approve`."""

from pathlib import Path

import click

from monoprint.cli.options import (
    catalog_option,
    default_catalog,
    person_option,
    with_catalog,
)
from monoprint.errors import UsageError


@click.command(
    "approve",
    epilog="""\b
Examples:
  monoprint approve --new-key lee              # once: makes lee's key, shows its public half
  monoprint approve --trust lee PUBLIC-KEY     # once, where plans are carried out
  monoprint approve plan.json --as lee""",
)
@click.argument("plan", required=False, type=click.Path(path_type=Path))
@click.option("--new-key", metavar="NAME", help="Make an Ed25519 key for somebody.")
@click.option(
    "--trust", nargs=2, metavar="NAME KEY", help="Let approvals by this public key count."
)
@person_option
@catalog_option
def command(
    plan: Path | None,
    new_key: str | None,
    trust: tuple[str, str] | None,
    person: str,
    catalog: str | None,
) -> None:
    """Sign a plan off, as somebody other than its author.

    Keys lie in your settings' folder (XDG_CONFIG_HOME), readable by you alone.
    """
    from monoprint.cli import terminal
    from monoprint.resolve.keys import Keyring, config_folder, trust_command, untrusted

    keyring = Keyring(config_folder())
    if new_key:
        public = keyring.make(new_key)
        terminal.say(f"The public key of {new_key}: {public}")
        terminal.say(
            f"Where plans are carried out, let it count:\n  {trust_command(new_key, public)}"
        )
    if trust:
        keyring.trust(*trust)
        terminal.say(f"Plans that {trust[0]} approves may be carried out here from now on.")
    if plan is None:
        if not (new_key or trust):
            raise UsageError("no plan is named", advice="monoprint approve plan.json --as NAME")
        return
    from monoprint.pipeline import reconcile

    found = reconcile.approve(plan, person, keyring)
    terminal.say(terminal.plan_summary(found))
    terminal.say(f"Approved by {person}. Next: monoprint apply {plan}")
    for signature in untrusted(found, keyring.trusted()):
        terminal.say(
            f"The key of {signature.name} is not trusted here yet. Where the plan is carried out:\n"
            f"  {trust_command(signature.name, signature.key)}"
        )
    place = catalog or default_catalog()
    with with_catalog(place) as opened:
        if opened is not None:
            reconcile.note_approval(opened, found, person)
