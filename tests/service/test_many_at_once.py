"""Two thousand groups, decided over HTTP by four people at once: nothing lost, nothing doubled."""

import random
import re
import threading
from collections import Counter
from contextlib import closing
from hashlib import sha256

import pytest

from monoprint.catalog.reviews import Reviews
from monoprint.catalog.store import open_catalog
from monoprint.model.asset import Store
from monoprint.model.finding import Group, Member, Role, Waste
from monoprint.model.match import Relation
from monoprint.model.review import State
from monoprint.review import chain, queue
from monoprint.review.intake import take_in

KEY = re.compile(r'href="/groups/([0-9a-f]{64})"')

GROUPS = 2_000
CLIENTS = 4
AT = "2026-01-02T03:04:05.000000Z"


def group(number: int) -> Group:
    content = sha256(str(number).encode()).hexdigest()
    first, second = (
        Member(
            "a", f"{number:04d}{name}.jpg", role, relation, (), 1.0, "", None, "", "", waste,
            "JPEG", 1_000 + number, 40, 30, 1, content,
        )
        for name, role, relation, waste in (
            ("p", Role.REPRESENTATIVE, None, Waste.NONE),
            ("q", Role.MEMBER, Relation.IDENTICAL_BYTES, Waste.CERTAIN),
        )
    )  # fmt: skip
    return Group(f"g{number}", Relation.IDENTICAL_BYTES, (first, second), 1_000 + number, 0)


@pytest.fixture
def served(serving, tmp_path):
    place = str(tmp_path / "catalog.sqlite")
    catalog = open_catalog(place)
    catalog.add_store(Store("a", str(tmp_path / "a")))
    take_in(Reviews(catalog), ["a"], [group(n) for n in range(GROUPS)], (), "auditor", AT)
    catalog.close()
    return serving(place, tmp_path)


def test_each_group_is_decided_once_by_whoever_comes_first(served):
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    odd: list[str] = []
    ready = threading.Barrier(CLIENTS)

    def work(number: int) -> None:
        """Go through the queue as people do: from one group to that which the answer leads to."""
        name = f"client {number}"
        rng = random.Random(number // 2)  # two and two choose alike, so that they meet
        with closing(served.client(name)) as client:

            def chosen() -> str:
                found = KEY.findall(client.get("/").text)
                return rng.choice(found) if found else ""

            ready.wait()
            key = chosen()
            while key:
                text = client.get(f"/groups/{key}").text
                if "<h2>Settled</h2>" in text:  # by somebody else, a moment ago
                    key = chosen()
                    continue
                version = re.search(r'name="version" value="(\d+)"', text).group(1)
                answer = client.post(
                    f"/groups/{key}/decide", data={"version": version, "keep": number % 2}
                )
                if answer.status_code == 303:
                    done[name] += 1
                    led = re.search(r"/groups/([0-9a-f]{64})", answer.headers["location"])
                    key = led.group(1) if led else chosen()
                elif answer.status_code == 409 and "Your decision was not entered" in answer.text:
                    refused[name] += 1
                    key = chosen()
                else:
                    odd.append(f"{answer.status_code} {answer.text[:500]}")
                    return

    threads = [threading.Thread(target=work, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert odd == []
    counts = queue.counts(served.catalog)
    assert (counts[State.SETTLED].groups, counts[State.OPEN].groups) == (GROUPS, 0)
    decided = [row for row in Reviews(served.catalog).rows() if row.act == "decided"]
    # One row for each group: none twice, and each by somebody who was told that it was entered.
    assert len(decided) == len({row.subject for row in decided}) == GROUPS
    assert Counter(row.who for row in decided) == done
    # Whoever decided, their choice is what stands.
    for row in decided[::97]:
        view = queue.group(
            served.catalog, bytes.fromhex(re.search('"group":"([0-9a-f]+)"', row.what)[1])
        )
        kept = next(m.position for m in view.members if m.part.value == "keeper")
        assert kept == int(row.who.split()[1]) % 2
    assert chain.verify(served.catalog).faults == ()
    assert len(done) == CLIENTS
    assert sum(refused.values()) > 0  # they did meet
