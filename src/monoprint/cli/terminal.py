"""What the terminal shows: progress bars while it lasts, a summary at the end."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from monoprint.pipeline.progress import Progress, Silent

if TYPE_CHECKING:
    from monoprint.model.finding import Audit
    from monoprint.model.plan import Plan
    from monoprint.pipeline.estimate import Estimate


def progress() -> Progress:
    """Return bars on a terminal, and silence where nobody watches."""
    return _Bars() if sys.stderr.isatty() else Silent()


class _Bars:
    """Shows each stage as a bar with its rate and the time left."""

    @contextmanager
    def stage(self, title: str, total: float | None) -> Iterator[Callable[[float], None]]:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            ProgressColumn,
            Task,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as Bars
        from rich.text import Text

        class Rate(ProgressColumn):
            """Steps a second."""

            def render(self, task: "Task") -> Text:
                speed = task.finished_speed or task.speed
                return Text(f"{speed:,.0f}/s" if speed and speed >= 1 else "")

        steps = TaskProgressColumn() if total == 1 else MofNCompleteColumn()
        columns = (
            TextColumn("{task.description:<20}"), BarColumn(), steps, Rate(), TimeRemainingColumn(),
        )  # fmt: skip
        with Bars(*columns, console=Console(stderr=True)) as bars:
            task = bars.add_task(title, total=total)
            yield lambda steps: bars.advance(task, steps)
            bars.update(task, total=bars.tasks[0].completed if total is None else total)


def size(count: int) -> str:
    """Return bytes in the unit that people would use (decimal, as disks are sold)."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            return f"{amount:,.0f} {unit}" if unit == "bytes" else f"{amount:,.1f} {unit}"
        amount /= 1000
    raise AssertionError("the loop returns")


def summary(audit: "Audit", report: str) -> str:
    """Return an audit on one screen."""
    totals = audit.totals
    rows = [
        ("Files listed", f"{totals.files:,}", size(totals.bytes)),
        ("  read", f"{totals.ok:,}", ""),
        *(
            [("  opened (archives, documents)", f"{totals.container:,}", "")]
            * bool(totals.container)
        ),
        *([("  settled by size, checksum", f"{totals.listed:,}", "")] * bool(totals.listed)),
        ("  unreadable", f"{totals.unreadable:,}", ""),
        ("  unsupported", f"{totals.unsupported:,}", ""),
        ("  refused", f"{totals.refused:,}", ""),
        ("Groups of copies", f"{len(audit.groups):,}", ""),
        ("  certain waste (identical)", f"{totals.certain_files:,}", size(totals.certain_bytes)),
        ("  possible waste (changed)", f"{totals.possible_files:,}", size(totals.possible_bytes)),
        ("  free (shared storage)", f"{totals.free_files:,}", size(totals.free_bytes)),
        *(
            [("  held (in archives)", f"{totals.held_files:,}", size(totals.held_bytes))]
            * bool(totals.held_files)
        ),
        *(
            [("  intended copies", f"{totals.intended_files:,}", size(totals.intended_bytes))]
            * bool(totals.intended_files)
        ),
        *(
            (f"  differing in {d.attribute[:15]}", f"{len(d.groups):,}", "")
            for d in audit.differing
        ),
        ("Warnings (no copies)", f"{len(audit.warnings):,}", ""),
    ]
    lines = [f"{label:<30}{count:>12}  {amount:>12}".rstrip() for label, count, amount in rows]
    if len(audit.stores) > 1:
        lines += ["", f"{'Store':<30}{'files':>12}  {'certain':>12}  {'possible':>12}"]
        lines += [
            f"{s.name[:29]:<30}{s.totals.files:>12,}  {size(s.totals.certain_bytes):>12}  "
            f"{size(s.totals.possible_bytes):>12}"
            for s in audit.stores[:12]
        ]
        if len(audit.stores) > 12:
            more = len(audit.stores) - 12
            lines.append(f"... and {more:,} more store{'s' if more > 1 else ''}")
    if audit.fixity:
        from monoprint.report.words import fixity_words

        lines += ["", f"FIXITY: {fixity_words(audit.fixity)}: not what a manifest, an inventory "
                  "or a store says; see fixity.csv beside the report"]  # fmt: skip
    return "\n".join([*lines, "", f"Report: {report}"])


def estimated(found: "Sequence[Estimate]") -> str:
    """Return what a scan would cost, a line a store."""
    head = f"{'Store':<24}{'entries':>12}{'bytes':>12}{'to read':>12}{'bytes':>12}{'requests':>12}"
    rows = [
        f"{each.store[:23]:<24}{each.entries:>12,}{size(each.bytes):>12}{each.to_read:>12,}"
        f"{size(each.bytes_to_read):>12}{each.requests:>12,}"
        for each in found
    ]
    on_top = (
        "Nothing was read. What breaks off is asked for again, and pictures that are compared are "
        "read again: that comes on top."
    )
    return "\n".join([head, *rows, "", on_top])


def plan_summary(plan: "Plan") -> str:
    """Return what a plan comes to, on one screen."""
    head = plan.head
    titles = {
        "authorised_now": "authorised now",
        "blocked_by_hold": "blocked by a hold or retention",
        "blocked_for_want_of_authority": "blocked for want of authority",
        "blocked_otherwise": "blocked otherwise",
    }
    lines = [f"Plan {plan.digest.hex()[:16]}: {head.action}, at {head.price} {head.currency} "
             "a GB and month"]  # fmt: skip
    for name, title in titles.items():
        count = plan.totals[name]
        money = f"{count['money_a_month']} {head.currency}"
        lines.append(f"  {title:<32}{count['files']:>10,} files {size(count['bytes']):>12} "
                     f"{money:>18} a month")  # fmt: skip
    return "\n".join(lines)


def say(text: str) -> None:
    """Print to standard output, whatever names the text holds."""
    click.echo(text.encode("utf-8", "backslashreplace").decode())
