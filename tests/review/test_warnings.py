"""Warnings: pairs that look like copies and are not."""

from types import SimpleNamespace

from monoprint.model.match import Relation
from monoprint.pipeline import reconcile
from monoprint.review import queue


def test_warnings_of_an_audit_come_into_the_review(desk):
    desk.put({"s:1": "x", "s:2": "y"})
    found = SimpleNamespace(
        groups=(),
        warnings=(
            SimpleNamespace(a="s:1", b="s:2", relation=Relation.EDITED, where="lower right",
                            certainty=0.9, evidence="", a_sha256="11" * 32, b_sha256="22" * 32),
        ),
    )  # fmt: skip
    stores = [(store_id, store) for store_id, store in desk.catalog.stores().values()]
    for _ in range(2):
        reconcile.record(desk.catalog, stores, found)
    ((number, warning),) = queue.warnings(desk.catalog)
    assert (warning.relation, warning.first.path, warning.where) == (
        Relation.EDITED, "1", "lower right",
    )  # fmt: skip
    assert queue.warnings(desk.catalog, after=number) == []
