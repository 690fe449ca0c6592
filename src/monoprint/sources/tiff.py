"""TIFF files of several pages: each page is a picture of its own."""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from monoprint.errors import Refused, Unreadable
from monoprint.imaging.limits import MAX_FILE_BYTES, MAX_PAGES
from monoprint.imaging.tiff import Tiff
from monoprint.model.asset import Listed
from monoprint.sources.interface import Content

_PLACE: Final = re.compile(r"#page=([1-9]\d{0,8})")
_PAGE: Final = "page of a TIFF file, re-wrapped with the same samples"


class TiffDocument:
    """A TIFF file of several pages; see `Container`. Its members are its pages."""

    format = "TIFF"

    def __init__(self, tiff: Tiff) -> None:
        self._tiff = tiff
        if tiff.pages > MAX_PAGES:
            raise Refused(f"page limit: more than {MAX_PAGES:,} pages")
        self.note = ""
        if tiff.others:
            self.note = f"{tiff.others:,} smaller versions and masks of pages are no pages"

    def members(self) -> Iterator[Listed]:
        """Yield every page; see `Container.members`."""
        for number in range(1, self._tiff.pages + 1):
            size = self._tiff.size(number)
            barred = ""
            if size > MAX_FILE_BYTES:
                barred = f"size limit: {size:,} bytes, over {MAX_FILE_BYTES:,}"
            yield Listed(f"#page={number}", size, barred=barred)

    def read(self, place: str) -> Content:
        """Return a page; see `Container.read`."""
        match = _PLACE.fullmatch(place)
        if match is None:
            raise Unreadable("no page of its file")
        return Content(self._tiff.page(int(match.group(1))), 0, _PAGE)

    def close(self) -> None:
        """Hold nothing: the file is closed by who opened it."""


def opened_tiff(file: BinaryIO) -> TiffDocument | None:
    """Open a TIFF file of several pages; None for one of one page, which is a picture."""
    tiff = Tiff(file, MAX_PAGES)
    return TiffDocument(tiff) if tiff.pages > 1 else None
