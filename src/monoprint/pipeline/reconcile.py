"""Reconciling: from an audit's findings to decisions, plans, and plans carried out."""

from collections.abc import Sequence

from monoprint.catalog.reviews import Reviews
from monoprint.catalog.store import Catalog
from monoprint.model import history
from monoprint.model.asset import Store
from monoprint.model.finding import Audit
from monoprint.pipeline.interrupts import held
from monoprint.review.intake import take_in


def record(
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    audit: Audit,
    who: str = "monoprint",
    at: str | None = None,
) -> int:
    """Put what an audit found into the review's queue; return how many groups there are.

    It takes the place of what earlier audits of the same stores found; decisions are carried over.
    """
    names = [store.name for _, store in stores]
    with held():
        return take_in(Reviews(catalog), names, audit.groups, (), who, at or history.now())
