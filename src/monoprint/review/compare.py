"""Two files side by side: what is known of each, and where they differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from monoprint.model.review import ReviewMember

Facts = Mapping[str, Any]

# What people look at first, in this order; all else follows by name.
_FIRST: Final = (
    "encoding.quality", "encoding.earlier_quality", "encoding.lossless", "modified",
    "exif.DateTimeOriginal", "exif.Make", "exif.Model", "exif.ImageDescription", "exif.Artist",
    "exif.Copyright",
)  # fmt: skip

_WORDS: Final = {
    "encoding.quality": "JPEG quality (estimate)",
    "encoding.earlier_quality": "Saved before at JPEG quality (estimate)",
    "encoding.lossless": "Lossless",
    "encoding.profile": "Colour profile",
    "modified": "File changed on",
    "exif.DateTimeOriginal": "Taken on",
    "exif.Make": "Camera maker",
    "exif.Model": "Camera",
    "exif.ImageDescription": "Description",
    "exif.Artist": "Author",
    "exif.Copyright": "Rights",
    "unread": "Metadata not read",
}

# Told by a row of its own already.
_TOLD: Final = frozenset({"encoding.format"})


@dataclass(frozen=True, slots=True)
class Line:
    """One thing known of two files: its name, what it is of each ("" where not known).

    `of_file` tells what belongs to the file and its place, not to the picture in it.
    """

    name: str
    left: str
    right: str
    of_file: bool = False

    @property
    def same(self) -> bool:
        """Whether both say the same."""
        return self.left == self.right


def side_by_side(
    left: ReviewMember, right: ReviewMember, facts: tuple[Facts, Facts] = ({}, {})
) -> list[Line]:
    """Return what is known of two files: place, shape, and what their contents say."""
    lines = [
        Line("Store", left.store, right.store, of_file=True),
        Line("Folder", _folder(left), _folder(right), of_file=True),
        Line("Name", _name(left), _name(right), of_file=True),
        Line("Format", left.format, right.format),
        Line("Dimensions", _shape(left), _shape(right)),
        Line("Bytes", f"{left.bytes:,}", f"{right.bytes:,}"),
    ]
    if left.frames > 1 or right.frames > 1:
        lines.append(Line("Frames", f"{left.frames:,}", f"{right.frames:,}"))
    if left.derived or right.derived:
        lines.append(Line("Derivative", left.derived, right.derived, of_file=True))
    lines.append(Line("SHA-256", left.sha256.hex()[:16], right.sha256.hex()[:16]))
    names = set(facts[0]) | set(facts[1])
    ordered = [n for n in _FIRST if n in names] + sorted(names - set(_FIRST) - _TOLD)
    for name in ordered:
        one, other = (_said(each.get(name)) for each in facts)
        lines.append(Line(_WORDS.get(name, name), one, other, of_file=name == "modified"))
    return lines


def _name(member: ReviewMember) -> str:
    return member.path.rpartition("/")[2]


def _folder(member: ReviewMember) -> str:
    return member.path.rpartition("/")[0]


def _shape(member: ReviewMember) -> str:
    return f"{member.width:,} \N{MULTIPLICATION SIGN} {member.height:,}"


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
