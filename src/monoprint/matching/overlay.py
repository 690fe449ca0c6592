"""The odds that a place where two photographs differ bears an overlay, as they were fitted."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Answers count no farther from their mean than so many of their spreads.
FARTHEST: Final = 3.0


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights of ridge logistic regression on n answers and their products.

    `mean` and `spread` float64 (n,) bring answers to one scale, in which `linear` (n,) and
    `products` (n, n), of which the upper triangle counts, weigh them.
    """

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    constant: float
    linear: NDArray[np.float64]
    products: NDArray[np.float64]


@cache
def weights() -> Weights:
    """Return what `benchmarks/overlays.py` fitted."""
    text = files("monoprint.matching").joinpath("overlay.json").read_text(encoding="utf-8")
    stored = json.loads(text)
    triangle = np.zeros((len(stored["linear"]),) * 2)
    triangle[np.triu_indices(len(triangle))] = np.concatenate(stored["products"])
    mean, spread, linear = (np.array(stored[name]) for name in ("mean", "spread", "linear"))
    return Weights(mean, spread, float(stored["constant"]), linear, triangle)


def odds(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log odds of an overlay, float64 (n,), by what n places say.

    `answers` float64 (n, 23) are as in `monoprint.matching.regions.Region.answers`.
    """
    w = weights()
    z = np.clip((answers - w.mean) / w.spread, -FARTHEST, FARTHEST)
    return np.asarray(w.constant + z @ w.linear + ((z @ w.products) * z).sum(axis=1))
