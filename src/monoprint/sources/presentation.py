"""IIIF Presentation API, versions 2 and 3: the images that manifests paint on their canvases.

Whatever stands in a manifest was written by somebody else: nothing in it is taken to be of the type
that it should be.
"""

import hashlib
import html
import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final

from monoprint.errors import Refused, Unread, Unreadable
from monoprint.model.asset import UNKNOWN_SIZE, Listed, Status, path_text
from monoprint.sources.packages import MAX_ATTRIBUTES, bounded

# Manifests and collections that one store may have: a request each.
MAX_DOCUMENTS: Final = 20_000

# Collections in each other; libraries have departments, collections, series and volumes.
MAX_DEPTH: Final = 20

# Attributes that are kept of a manifest, beside the two of a canvas.
_OF_MANIFEST: Final = MAX_ATTRIBUTES - 2

# Images of all manifests, and of alternatives within one another on a canvas.
MAX_IMAGES: Final = 2_000_000
MAX_NESTED: Final = 5

# The longest address that browsers and servers agree to take.
MAX_ADDRESS: Final = 2_000

INFO: Final = "/info.json"

_SERVICE: Final = re.compile(r"ImageService|iiif\.io/api/image/|library\.stanford\.edu/iiif/image")
_TAG: Final = re.compile(r"<[^<>]{0,500}>")

Json = Any
Fetch = Callable[[str], Json]
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Document:
    """A manifest or collection to look at, and how many collections it lies in."""

    url: str
    depth: int


class Walk:
    """Walks a manifest, or a collection with all in it; each document once, however often named.

    `fetch` returns the JSON of an address. It raises Unreadable or Refused, which is told of the
    address.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._seen: set[str] = set()
        self._waiting: deque[_Document] = deque()
        self._full = False
        self._asked = 0

    def images(self, start: str, document: Json) -> Iterator[Listed]:
        """Yield every painting image below a document, and what could not be looked at.

        Raises Unreadable if the document itself is neither a manifest nor a collection.
        """
        self._seen.add(start)
        every = chain(self._of_document(_Document(start, 0), document), self._below())
        yield from islice(every, MAX_IMAGES)
        if next(every, None) is not None:
            said = f"limit: more than {MAX_IMAGES:,} images; the rest is left out"
            yield _barred(start, said, Status.REFUSED)
        elif self._full:
            said = f"limit: more than {MAX_DOCUMENTS:,} manifests and collections"
            yield _barred(start, f"{said}; the rest is left out", Status.REFUSED)

    def _below(self) -> Iterator[Listed]:
        """Yield the images of what waits to be looked at, until nothing does."""
        while self._waiting:
            at = self._waiting.popleft()
            try:
                yield from self._of_document(at, self._ask(at.url))
            except Unread as error:
                yield _barred(at.url, str(error), Status(error.status))

    def _ask(self, url: str) -> Json:
        """Fetch a document or a page of annotations, of which there may be so many."""
        if self._asked == MAX_DOCUMENTS:
            raise Refused(f"limit: more than {MAX_DOCUMENTS:,} documents")
        self._asked += 1
        return self._fetch(url)

    def _of_document(self, at: _Document, document: Json) -> Iterator[Listed]:
        kind = _type(document)
        if kind == "Manifest":
            yield from self._of_manifest(at.url, document)
        elif kind in {"Collection", "Layer", "CollectionPage"}:
            yield from self._of_collection(at, document)
        else:
            raise Unreadable("neither a manifest nor a collection of IIIF Presentation 2 or 3")

    def _of_collection(self, at: _Document, document: Json) -> Iterator[Listed]:
        """Have a collection's members looked at later, and its pages."""
        if at.depth == MAX_DEPTH:
            said = f"depth limit: more than {MAX_DEPTH} collections in each other"
            yield _barred(at.url, said, Status.REFUSED)
            return
        for name in ("items", "manifests", "collections", "members"):
            for number, member in enumerate(_objects(document.get(name)), start=1):
                if _is_address(_id(member)):
                    self._wait(_id(member), at.depth + 1)
                else:
                    said = "member of a collection without an http or https address"
                    yield _barred(f"{at.url}#{name}={number}", said, Status.UNREADABLE)
        for name in ("first", "next"):  # of a collection in pages
            page = document.get(name)
            self._wait(page if isinstance(page, str) else _id(page), at.depth)

    def _wait(self, url: str, depth: int) -> None:
        if not _is_address(url) or url in self._seen:
            return
        if len(self._seen) >= MAX_DOCUMENTS:
            self._full = True
            return
        self._seen.add(url)
        self._waiting.append(_Document(url, depth))

    def _of_manifest(self, url: str, manifest: Json) -> Iterator[Listed]:
        described = (pair for pair in _described(manifest) if pair[1])
        of_manifest = bounded([("iiif:manifest", _id(manifest) or url), *described], _OF_MANIFEST)
        canvases = [*_objects(manifest.get("items"))]
        for sequence in _objects(manifest.get("sequences")):
            canvases += _objects(sequence.get("canvases"))
        for number, canvas in enumerate(canvases, start=1):
            own = [("iiif:canvas", _id(canvas)), ("iiif:canvas-label", _text(canvas.get("label")))]
            told = (*bounded(pair for pair in own if pair[1]), *of_manifest)
            where = f"{url}#canvas={number}"
            try:
                bodies = list(self._bodies(canvas))
            except Unread as error:
                yield _barred(where, str(error), Status(error.status))
                continue
            for body in bodies:
                yield _image(body, told, where)

    def _bodies(self, canvas: Json) -> Iterator[Json]:
        """Yield what is painted on a canvas, all alternatives of it."""
        for annotation in _objects(canvas.get("images")):  # version 2
            yield from _alternatives(annotation.get("resource"), MAX_NESTED)
        for page in _objects(canvas.get("items")):  # version 3
            if "items" not in page and _is_address(_id(page)):
                fetched = self._ask(_id(page))
                page = fetched if isinstance(fetched, dict) else {}
            for annotation in _objects(page.get("items")):
                motivation = annotation.get("motivation")
                if "painting" in (motivation if isinstance(motivation, list) else [motivation]):
                    yield from _alternatives(annotation.get("body"), MAX_NESTED)


def _alternatives(body: Json, depth: int) -> Iterator[Json]:
    """Yield the images of a body: itself, what it chooses from, or what it is a part of."""
    if depth == 0:
        return
    for each in _items(body):
        kind = _type(each)
        if isinstance(each, str):
            yield {"id": each, "type": "Image"}
        elif kind == "Choice":
            options = [each.get("default"), *_items(each.get("item")), *_items(each.get("items"))]
            for option in options:
                yield from _alternatives(option, depth - 1)
        elif kind == "SpecificResource":
            yield from _alternatives(each.get("source", each.get("full")), depth - 1)
        elif kind == "Image":
            yield each


def _image(body: Json, told: Pairs, where: str) -> Listed:
    """Return the entry of an image: its service's ``info.json``, or itself if it has none."""
    service = next(filter(_is_address, map(_id, filter(_is_image_service, _services(body)))), "")
    url = f"{service.rstrip('/')}{INFO}" if service else _id(body)
    if not _is_address(url):
        return _barred(where, "image without an http or https address", Status.UNREADABLE)
    try:
        state = json.dumps(body, sort_keys=True).encode("utf-8", "surrogatepass")
    except RecursionError:
        return _barred(where, "described too deeply nested", Status.REFUSED)
    return Listed(
        path_text(url),
        UNKNOWN_SIZE,
        version=hashlib.sha256(state).hexdigest()[:32],
        attributes=tuple(sorted(told)),
    )


def _services(body: Json) -> Iterator[Json]:
    yield from _objects(body.get("service"))


def _is_image_service(service: Json) -> bool:
    told = (service.get(name) for name in ("type", "@type", "@context", "profile"))
    return any(isinstance(each, str) and _SERVICE.search(each) for t in told for each in _items(t))


def _described(manifest: Json) -> Iterator[tuple[str, str]]:
    """Yield what a manifest says of the whole, by the names of version 3."""
    yield "iiif:label", _text(manifest.get("label"))
    yield "iiif:rights", _text(manifest.get("rights", manifest.get("license")))
    statement = manifest.get("requiredStatement")
    said = statement.get("value") if isinstance(statement, dict) else manifest.get("attribution")
    yield "iiif:required-statement", _text(said)
    provider = (_text(each.get("label")) for each in _objects(manifest.get("provider")))
    yield "iiif:provider", "; ".join(filter(None, provider))
    for pair in _objects(manifest.get("metadata")):
        label = _text(pair.get("label"))[:80]
        if label:
            yield f"iiif:metadata:{path_text(label)}", _text(pair.get("value"))


def _text(value: Json) -> str:
    """Flatten text in several languages: English if it is there, else without one, else the first.

    Version 3 has lists by language, version 2 texts or ``@value`` with ``@language``; several
    values are joined by ``; ``. Marks of HTML are taken out.
    """
    by_language: dict[str, list[str]] = {}
    if isinstance(value, dict) and "@value" not in value:
        for language, texts in value.items():
            by_language[str(language)] = [t for t in _items(texts) if isinstance(t, str)]
    else:
        for each in _items(value):
            if isinstance(each, dict):
                language, text = str(each.get("@language", "none")), each.get("@value")
            else:
                language, text = "none", each
            if isinstance(text, str):
                by_language.setdefault(language, []).append(text)
    english = next((lang for lang in by_language if lang.partition("-")[0] == "en"), None)
    chosen = next((lang for lang in (english, "none", "@none") if lang in by_language), None)
    texts = next(iter(by_language.values()), []) if chosen is None else by_language[chosen]
    return "; ".join(html.unescape(_TAG.sub("", t)) if t.startswith("<") else t for t in texts)


def _type(node: Json) -> str:
    """Return a node's type without the prefix that version 2 has (``sc:Manifest``)."""
    kind = node.get("type", node.get("@type")) if isinstance(node, dict) else None
    kind = next(iter(kind), None) if isinstance(kind, list) else kind
    return kind.rpartition(":")[2] if isinstance(kind, str) else ""


def _id(node: Json) -> str:
    found = node.get("id", node.get("@id")) if isinstance(node, dict) else None
    return found if isinstance(found, str) else ""


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _objects(value: Json) -> list[dict[str, Json]]:
    return [each for each in _items(value) if isinstance(each, dict)]


def _is_address(url: str) -> bool:
    return url.startswith(("http://", "https://")) and len(url) <= MAX_ADDRESS


def _barred(url: str, why: str, status: Status) -> Listed:
    return Listed(path_text(url), barred=why, status=status)
