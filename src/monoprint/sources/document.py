"""PDF documents: their pages, and the pictures on them."""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from monoprint.errors import Refused, Unreadable
from monoprint.imaging.limits import MAX_PAGES
from monoprint.imaging.pdf import Made, Pdf
from monoprint.model.asset import Listed, Status
from monoprint.sources.interface import Content

# A picture of fewer pixels on a side is a bullet, a rule or an icon, and only counted.
MIN_SIDE: Final = 64

_PLACE: Final = re.compile(r"#page=([1-9]\d{0,8})(?:&image=([1-9]\d{0,8}))?")


class PdfDocument:
    """A PDF document; see `Container`. Its members are its pages, then the pictures on each."""

    format = "PDF"

    def __init__(self, file: BinaryIO) -> None:
        self._pdf = Pdf(file)
        if self._pdf.pages > MAX_PAGES:
            raise Refused(f"page limit: {self._pdf.pages:,} pages, more than {MAX_PAGES:,}")
        self.note = ""

    def members(self) -> Iterator[Listed]:
        """Yield every page and after it the pictures on it; see `Container.members`."""
        seen: set[bytes] = set()
        small = again = 0
        for number in range(1, self._pdf.pages + 1):
            try:
                scan = self._pdf.scan(number)
            except Unreadable as error:
                yield Listed(f"#page={number}", barred=str(error), status=Status(error.status))
                continue
            yield Listed(f"#page={number}", scan.bytes if scan else 0)
            if scan:
                seen.add(scan.digest)
                continue
            for each in self._pdf.embedded(number):
                if min(each.width, each.height) < MIN_SIDE:
                    small += 1
                elif each.digest in seen:
                    again += 1
                else:
                    seen.add(each.digest)
                    yield Listed(f"#page={number}&image={each.number}", each.bytes)
        self.note = "; ".join(self._told(small, again))

    def _told(self, small: int, again: int) -> Iterator[str]:
        if small:
            yield f"{small:,} pictures of less than {MIN_SIDE} pixels on a side are only counted"
        if again:
            yield f"{again:,} pictures stand on an earlier page too and are told of there"
        if self._pdf.attachments:
            yield f"{self._pdf.attachments:,} attached files are not looked into"

    def read(self, place: str) -> Content:
        """Return a page or a picture; see `Container.read`."""
        match = _PLACE.fullmatch(place)
        if match is None:
            raise Unreadable("no page of its document")
        page, picture = match.groups()
        if picture is None:
            return _content(self._pdf.page(int(page)))
        return _content(self._pdf.picture(int(page), int(picture)))

    def close(self) -> None:
        """Give up what is held open."""
        self._pdf.close()


def _content(made: Made) -> Content:
    return Content(made.data, 0, made.derived, made.attributes)
