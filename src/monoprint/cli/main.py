"""The program `monoprint`: its verbs, and how errors and interrupts end it."""

import importlib
import sys
from typing import Final

import click

from monoprint.errors import MonoprintError
from monoprint.version import VERSION

_INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it

# Each verb with its one line of help, so that `--help` imports none of them.
_VERBS: Final = {
    "audit": "Find the copies in one or more stores, and write a report.",
    "explain": "Say how two picture files match, and show it.",
    "review": "Open the desk where people decide about copies.",
    "sources": "Say what kinds of stores and files can be read here.",
    "scan": "Fingerprint stores into the catalog, and write no report.",
    "status": "Say what the catalog holds.",
    "decide": "Settle what keep rules clearly settle; leave the rest to people.",
    "plan": "Write down what would happen to which copy; change nothing.",
    "approve": "Sign a plan off, as a second person.",
    "apply": "Carry an approved plan out, each step checked and undoable.",
    "undo": "Put back what a plan did, or take a decision back.",
    "history": "Say who decided what, when and why; prove that it is whole.",
    "people": "Say who may use the review desk.",
    "selftest": "Check this machine against published test vectors.",
}


class _Verbs(click.Group):
    """Loads a verb's module when the verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _VERBS:
            return None
        module = importlib.import_module(f"monoprint.cli.{cmd_name}")
        command = module.command
        assert isinstance(command, click.Command)  # noqa: S101
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_VERBS.items()))


@click.command(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  monoprint audit ~/Pictures --out report
  monoprint audit housing=/mnt/a landreg=/mnt/b --out report
  monoprint review --catalog catalog.sqlite
  monoprint status --json
\b
Shell completion: eval "$(_MONOPRINT_COMPLETE=bash_source monoprint)" (or zsh_source, fish_source).
Exit codes: 0 done, 2 usage, 3 store, 4 catalog, 5 catalog busy, 6 report, 7 kernel,
  8 missing extra, 9 selftest, 10 unread files (--strict, explain), 11 changed meanwhile, 12 not
  in the catalog, 13 not allowed, 14 plan or journal, 15 rules, 16 steps skipped (--strict),
  17 history, 130 interrupted.""",
)
@click.version_option(VERSION, prog_name="monoprint")
def cli() -> None:
    """Find every copy of every image across stores, prove it, and settle it with people.

    Nothing in a store is changed but by `apply`, with a plan that a second person approved.
    """


def main() -> None:
    """Run the program; errors end in one line that says what happened and one what to do."""
    try:
        code = cli.main(prog_name="monoprint", standalone_mode=False)
    except click.exceptions.Abort:
        _say("Interrupted. What was read is kept: run the same command again to go on.")
        sys.exit(_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except MonoprintError as error:
        _say(f"monoprint: {error}")
        if error.advice:
            _say(error.advice)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def _say(line: str) -> None:
    # A file name that is not UTF-8 must not keep an error from being told.
    click.echo(line.encode("utf-8", "backslashreplace").decode(), err=True)
