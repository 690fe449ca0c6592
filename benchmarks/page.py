"""The table of figures, and putting it into the page between its two markers."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- table -->", "<!-- /table -->"

NEW_PAGE = f"""# Performance

What Monoprint costs, measured beside the least that the work can cost and beside other tools.
`./dev bench` measures everything again in one run and replaces the table; the text around it is
written by hand. Times depend on the machine: compare ratios, which come out of one run.

{BEGIN}
{END}
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table. `met` is None where there is no target."""

    name: str
    value: str
    target: str = ""
    ratio: str = ""
    how: str = ""
    met: bool | None = None


def table(figures: Iterable[Figure], machine: dict[str, Any], notes: Iterable[str]) -> str:
    lines = [described(machine), ""]
    lines += ["| figure | measured | ratio | target | how |", "| --- | --- | --- | --- | --- |"]
    for figure in figures:
        verdict = "" if figure.met is None else (" (met)" if figure.met else " (**missed**)")
        cells = (figure.name, figure.value, figure.ratio, figure.target + verdict, figure.how)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, "", *(f"- {note}" for note in notes)])


def described(machine: dict[str, Any]) -> str:
    def named(versions: dict[str, str]) -> str:
        return ", ".join(f"{name} {version}" for name, version in versions.items())

    text = (
        f"Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, "
        f"{machine['system']}; Python {machine['python']}, {named(machine['versions'])}. "
        f"Load before the run: {machine['load']}."
    )
    return text + (f" Other tools: {named(machine['peers'])}." if machine.get("peers") else "")


def replace_table(page: Path, text: str, new: str = NEW_PAGE) -> None:
    """Put a table into the page, which is made if it is not there. Raises ValueError."""
    whole = page.read_text(encoding="utf-8") if page.exists() else new
    before, begin, rest = whole.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} lacks the markers {BEGIN} and {END}")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
