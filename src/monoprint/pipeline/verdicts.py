"""Verdicts on their way from a worker to the program: as JSON, and checked on arrival."""

import math
from collections.abc import Sequence
from typing import Any

from monoprint.errors import MonoprintError
from monoprint.model.match import Box, Change, Quad, Relation, Verdict


def told(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON can hold it; its keys are the verdict's fields."""
    return {
        "relation": verdict.relation,
        "changes": [[c.kind, c.size, c.text] for c in verdict.changes],
        "back": [[c.kind, c.size, c.text] for c in verdict.back],
        "certainty": verdict.certainty,
        "matrix": verdict.matrix,
        "first_window": verdict.first_window,
        "second_window": verdict.second_window,
        "where": [[b.left, b.top, b.right, b.bottom] for b in verdict.where],
        "source": verdict.source,
        "residual": verdict.residual,
    }


def heard(answer: dict[str, Any]) -> Verdict:
    """Return the verdict in a worker's answer. Raises MonoprintError for what is none."""
    try:
        relation = answer["relation"]
        return Verdict(
            relation=None if relation is None else Relation(relation),
            changes=_changes(answer["changes"]),
            back=_changes(answer["back"]),
            certainty=min(1.0, max(0.0, _number(answer["certainty"]))),
            matrix=_numbers(answer["matrix"], 9),
            first_window=_window(answer["first_window"]),
            second_window=_window(answer["second_window"]),
            where=tuple(Box(*_numbers(box, 4)) for box in answer["where"]),
            source=int(answer["source"]),
            residual=_number(answer["residual"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MonoprintError(f"a worker gave a verdict that is none: {error}") from error


def _changes(changes: Sequence[Any]) -> tuple[Change, ...]:
    return tuple(
        Change(str(kind), None if size is None else _number(size), str(text))
        for kind, size, text in changes
    )


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number to go on with")
    return number


def _numbers(values: Sequence[Any], count: int) -> tuple[float, ...]:
    if len(values) != count:
        raise ValueError(f"{len(values)} numbers instead of {count}")
    return tuple(_number(value) for value in values)


def _window(points: Sequence[Any]) -> Quad:
    a, b, c, d = ((_number(x), _number(y)) for x, y in points)
    return a, b, c, d
