"""Redirects: a map of what stands for what, and a script, for stores that are not changed here."""

import csv
import io
import json
import os
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from monoprint.errors import PlanError
from monoprint.model.asset import path_name
from monoprint.model.plan import Plan, Step

COLUMNS: Final = ("old", "kept", "relation", "sha256", "kept_sha256", "bytes")

_SCRIPT_HEAD: Final = """\
#!/bin/sh
# Moves copies aside, each only if it and the file that stays are still what they were.
# Set the stores' folders below to where they are mounted, then run: sh {name}
set -eu
is() {{ [ -f "$2" ] && [ ! -L "$2" ] && [ "$(sha256sum < "$2" | cut -c 1-64)" = "$1" ]; }}
# number, store, copy's digest, copy, digest of what stays, what stays
aside() {{
    if is "$3" "$2/$4" && is "$5" "$6"; then
        mkdir -p -- "$2/.monoprint-quarantine/{plan}"
        mv -n -- "$2/$4" "$2/.monoprint-quarantine/{plan}/$1"
    else
        printf 'skipped: %s\\n' "$4" >&2
    fi
}}
"""


def write(plan: Plan, steps: Iterable[Step], stem: Path) -> list[Path]:
    """Write ``STEM.csv``, ``STEM.json`` and ``STEM.sh`` for steps, and return their paths.

    The script leaves out what lies in archives and in stores that are no folders.

    Raises PlanError if they cannot be written.
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    listed = []
    variables = {name: f"STORE_{n}" for n, name in enumerate(sorted(plan.head.stores), start=1)}
    name = f"{stem.name}.sh"
    script = [_SCRIPT_HEAD.format(name=shlex.quote(name), plan=plan.digest.hex()[:12])]
    script += [
        f"{variables[store]}={shlex.quote(path_name(plan.head.stores[store]))}\n"
        for store in sorted(plan.head.stores)
    ]
    for step in steps:
        row = (":".join(step.copy), ":".join(step.keeper), step.relation, step.sha256,
               step.keeper_sha256, step.bytes)  # fmt: skip
        writer.writerow(row)
        listed.append(dict(zip(COLUMNS, row, strict=True)))
        if step.elsewhere:
            continue  # nothing that a script could move
        kept = shlex.quote("/" + path_name(step.keeper[1]))
        script.append(
            f'aside {step.number} "${variables[step.copy[0]]}" {step.sha256} '
            f"{shlex.quote(path_name(step.copy[1]))} {step.keeper_sha256} "
            f'"${variables[step.keeper[0]]}"{kept}\n'
        )
    made = {
        ".csv": table.getvalue().encode(),
        ".json": (json.dumps(listed, ensure_ascii=False, indent=1) + "\n").encode(),
        # File names are bytes; those that are no UTF-8 come out as they are.
        ".sh": os.fsencode("".join(script)),
    }
    written = []
    try:
        for ending, data in made.items():
            path = stem.with_name(stem.name + ending)
            path.write_bytes(data)
            written.append(path)
    except OSError as error:
        raise PlanError(f"cannot write {path}: {error.strerror}") from error
    return written
