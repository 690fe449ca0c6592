"""A desk that is served for real, and people who look at it."""

import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from monoprint.catalog.store import open_catalog
from monoprint.model.review import Duty
from monoprint.pipeline.workers import Workers
from monoprint.review import people
from monoprint.service.desk import open_desk
from monoprint.service.serve import serve


@dataclass
class Served:
    """A desk on a port of this machine."""

    catalog: object
    base: str
    folder: Path
    people: set[str] = field(default_factory=set)

    def link(self, name: str, duty: Duty = Duty.APPROVER) -> str:
        """Return a log-in link for somebody, who is entered if need be."""
        if name not in self.people:
            people.add(self.catalog, name, duty)
            self.people.add(name)
        return f"{self.base}/enter#{people.link_token(self.catalog, name)}"

    def client(self, name: str, duty: Duty = Duty.APPROVER) -> httpx.Client:
        """Return somebody who is logged in and speaks HTTP without a browser."""
        client = httpx.Client(base_url=self.base, headers={"Origin": self.base}, timeout=60)
        token = urlsplit(self.link(name, duty)).fragment
        assert client.post("/enter", data={"token": token}).status_code == 303
        return client


@pytest.fixture(scope="module")
def serving():
    """Give a function that serves a catalog as a desk until the module's tests end."""
    crew = Workers(1).__enter__()

    def start(place: str, folder: Path, authority: Path | None = None) -> Served:
        catalog = open_catalog(place)
        ready, address = threading.Event(), []

        def opened(base: str) -> None:
            address.append(base)
            ready.set()

        def desk(port):
            return open_desk(catalog, crew, folder / "plans", port, authority_file=authority)

        # In a thread the server leaves signals alone, and ends with the process.
        threading.Thread(target=serve, args=(desk, 0, opened), daemon=True).start()
        assert ready.wait(60)
        return Served(catalog, address[0], folder)

    yield start
    crew.__exit__()


def key_in(location: str) -> str:
    """Return the group's key in an address."""
    return re.search(r"/groups/([0-9a-f]{64})", location).group(1)


@pytest.fixture
def person(browser):
    """Open the desk as somebody, and afterwards hold the pages to silence and to the desk."""
    contexts, complaints, requests, bases = [], [], [], set()

    def enter(served: Served, name: str, **options):
        options = {"viewport": {"width": 1400, "height": 900}, "reduced_motion": "reduce"} | options
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        bases.add(served.base)
        page.goto(served.link(name))
        page.wait_for_url(f"{served.base}/")
        return page

    yield enter
    for context in contexts:
        context.close()
    # A browser reports by itself that a form was refused (409), and that a test read a canvas.
    by_itself = ("409 (Conflict)", "Canvas2D: Multiple readback")
    assert [c for c in complaints if not any(word in c for word in by_itself)] == []
    origins = {"{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in requests}
    assert origins <= bases
