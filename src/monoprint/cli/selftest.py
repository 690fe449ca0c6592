"""The verb `selftest`."""

import click


@click.command(
    "selftest",
    epilog="""\b
Example:
  monoprint selftest

The first run on a machine compiles the kernels, which takes some seconds more.""",
)
def command() -> None:
    """Check this machine against published test vectors: hashes, decoders, kernels."""
    from monoprint.cli import terminal
    from monoprint.errors import SelftestFailed
    from monoprint.pipeline.selftest import checks

    failed = 0
    for check in checks():
        terminal.say(f"{'ok    ' if check.passed else 'FAILED'}  {check.name}: {check.found}")
        failed += not check.passed
    if failed:
        raise SelftestFailed(
            f"{failed} checks failed: codes made here would not match those made elsewhere",
            advice="Reinstall monoprint and its dependencies; if it stays so, report it.",
        )
