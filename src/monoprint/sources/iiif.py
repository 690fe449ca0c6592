"""IIIF: the images of manifests and collections, read as their services give them.

What is read is made for the asking: a derivative, from which nothing can be said of the bytes of
its master.
"""

import io
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import unquote, urlsplit

from monoprint.errors import StoreError, Unread, Unreadable, UsageError
from monoprint.model.asset import Listed, path_name, path_text
from monoprint.sources import web as webs
from monoprint.sources.image_api import request, service_of, size_for
from monoprint.sources.interface import Content
from monoprint.sources.location import Location
from monoprint.sources.order import by_path
from monoprint.sources.presentation import INFO, Walk
from monoprint.sources.web import Web, host_of, web_of

# A manifest of 10,000 canvases with all that can be said of each takes some 20 MB.
MAX_DOCUMENT_BYTES: Final = 64_000_000
MAX_INFO_BYTES: Final = 1_000_000

_JSON: Final = "application/ld+json, application/json;q=0.9"
_OPTIONS: Final = ("same_as", *webs.OPTIONS)
_HOLE: Final = "{id}"
_REMOTE: Final = re.compile(r"[a-z][a-z0-9+.-]+://")


def locate(location: Location) -> Location:
    """Return the location of a manifest or collection.

    Raises UsageError for what is no address, holds a password, or an option that means nothing,
    StoreError for a folder in `same_as` that is not there.
    """
    parts = urlsplit(location.place)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(
            f"{location.place} is no address of a manifest",
            advice="For example: iiif:https://example.org/book1/manifest",
        )
    if parts.username is not None:
        raise UsageError(
            "the location of a manifest holds a user name or password",
            advice="Leave it out and add #credentials=NAME.",
        )
    for name, _ in location.options:
        if name not in _OPTIONS:
            raise UsageError(
                f"{name} is no option of IIIF", advice=f"Known are {', '.join(_OPTIONS)}."
            )
    same_as = location.option("same_as")
    if same_as and not _REMOTE.match(same_as):
        real = os.path.realpath(same_as)
        if not Path(real.partition(_HOLE)[0]).is_dir():
            raise StoreError(
                f"same_as={same_as} is no folder",
                advice="Name the folder of the service's masters: #same_as=/mnt/masters",
            )
        options = dict(location.options) | {"same_as": path_text(real)}
        location = replace(location, options=tuple(sorted(options.items())))
    _web(location).close()
    return location


def open_store(location: Location, *, follow_symlinks: bool, max_bytes: int) -> "Iiif":  # noqa: ARG001
    """Return the images of a manifest or collection as a store."""
    return Iiif(location, _web(location), max_bytes, _Masters(location.option("same_as")))


def _web(location: Location) -> Web:
    return web_of(location, [host_of(location.place)])


@dataclass(frozen=True, slots=True)
class _Masters:
    """Where the masters of an image service are stored: its identifiers are names there.

    `place` is a folder of this machine or the beginning of other entries' identities (``s3://…``),
    with ``{id}`` where the identifier belongs if that is not at the end.
    """

    place: str

    def of(self, listed: Listed) -> Listed:
        """Return an entry with what tells that it is one with its master."""
        url = path_name(listed.path)
        if not self.place or not url.endswith(INFO):
            return listed
        key = unquote(url.removesuffix(INFO).rpartition("/")[2])
        if "\0" in key or {"", ".", ".."} & set(key.split("/")):
            return listed  # an identifier is written by others, and leads nowhere else
        if _REMOTE.match(self.place):
            return replace(listed, identity=self._named(path_text(key)))
        try:
            info = os.lstat(path_name(self._named(path_text(key))))
        except (OSError, ValueError):
            return listed
        if not stat.S_ISREG(info.st_mode):
            return listed
        return replace(listed, inode=info.st_ino, device=info.st_dev)

    def _named(self, key: str) -> str:
        if _HOLE in self.place:
            return self.place.replace(_HOLE, key)
        return f"{self.place.rstrip('/')}/{key}"


class Iiif:
    """The images that a manifest, or a collection of them, paints on its canvases.

    An entry's path is the address of its image service's ``info.json``, or of the image itself if
    it has no service. An image that stands on several canvases is one entry.
    """

    def __init__(self, location: Location, web: Web, max_bytes: int, masters: _Masters) -> None:
        self._start = location.place
        self._web = web
        self._max_bytes = max_bytes
        self._masters = masters
        self.location = str(location)

    @property
    def atomic(self) -> bool:
        """Manifests change while others are read."""
        return False

    def listing(self) -> Iterator[Listed]:
        """Yield every painting image, and what could not be looked at; see `Source.listing`."""
        return by_path(map(self._masters.of, self._images()))

    def _images(self) -> Iterator[Listed]:
        images = Walk(self._document)
        try:
            first = self._document(self._start)
            yield from images.images(self._start, first)
        except Unread as error:
            raise StoreError(
                f"cannot list {self.location}: {error}",
                advice="Check that the address is one of a manifest or collection of IIIF "
                "Presentation 2 or 3, and that its host may be asked.",
            ) from error

    def _document(self, url: str) -> Any:
        return _parsed(self._web.get(url, max_bytes=MAX_DOCUMENT_BYTES, accept=_JSON).data)

    def read(self, path: str) -> Content:
        """Return an image in the size that fingerprints need; see `Source.read`."""
        url = path_name(path)
        if not url.endswith(INFO):
            data = self._web.get(url, max_bytes=self._max_bytes, accept="image/*").data
            return Content(data, 0, "IIIF image as published")
        info = self._web.get(url, max_bytes=MAX_INFO_BYTES, accept=_JSON)
        service = service_of(_parsed(info.data))
        size = size_for(service)
        asked = request(url.removesuffix(INFO), size)
        data = self._web.get(asked, max_bytes=self._max_bytes, accept="image/jpeg").data
        told = (
            ("iiif:asked", path_text(asked)),
            ("iiif:size", f"{service.width} x {service.height}"),
        )
        return Content(data, 0, f"IIIF derivative, {size.side} px", told)

    def open(self, path: str) -> BinaryIO:
        """Return an image to be read here and there; see `Source.open`."""
        return io.BytesIO(self.read(path).data)

    def storage(self, path: str) -> tuple[tuple[int, int], ...]:  # noqa: ARG002
        """Say that nothing is known of how a service stores its images."""
        return ()

    def close(self) -> None:
        """Give up connections."""
        self._web.close()


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not the JSON that it should be: {str(error)[:100]}") from error
