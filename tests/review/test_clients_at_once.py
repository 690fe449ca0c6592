"""Several people at once: nothing lost, nothing doubled."""

import threading
from collections import Counter

from monoprint.catalog.reviews import Reviews
from monoprint.catalog.store import open_catalog
from monoprint.errors import Changed
from monoprint.model.review import Answer, State, Verdict
from monoprint.review import chain, decisions, queue

GROUPS = 60
CLIENTS = 4


def test_each_group_is_decided_once_whoever_comes_first(desk, make_group, catalog_url):
    files = {f"a:{n}{c}": f"x{n}" for n in range(GROUPS) for c in "pq"}
    desk.put(files)
    desk.audit(*(make_group((f"a:{n}p", f"x{n}"), (f"a:{n}q", f"x{n}")) for n in range(GROUPS)))
    seen = queue.page(desk.catalog, limit=1000).groups
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    ready = threading.Barrier(CLIENTS)

    def work(name: str) -> None:
        catalog = open_catalog(catalog_url)
        ready.wait()
        for group in seen:
            try:
                decisions.decide(
                    catalog, Answer(group.key, group.version, Verdict.KEEP, name, "", (0,))
                )
                done[name] += 1
            except Changed:
                refused[name] += 1
        catalog.close()

    threads = [threading.Thread(target=work, args=(f"client {n}",)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done.values()) == GROUPS
    assert sum(refused.values()) == GROUPS * (CLIENTS - 1)
    assert queue.counts(desk.catalog)[State.SETTLED].groups == GROUPS
    decided = [row for row in Reviews(desk.catalog).rows() if row.act == "decided"]
    assert len({row.subject for row in decided}) == len(decided) == GROUPS
    assert Counter(row.who for row in decided) == done
    assert chain.verify(desk.catalog).faults == ()
