"""Pages of TIFF files, each as a TIFF file of its own with the same samples (TIFF 6.0, BigTIFF).

Strips and tiles are taken over as they are stored, so nothing is decoded. Run this in a worker
process, like all that reads hostile bytes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from monoprint.errors import Unreadable

# Bytes a value takes, by the field's type.
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8,
                 13: 4, 16: 8, 17: 8, 18: 8}  # fmt: skip
_WHOLE: Final = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}

_SUBFILE, _COMPRESSION, _PAGE_NUMBER = 254, 259, 297
# Where strips or tiles lie, with the field that says how long each is.
_DATA: Final = {273: 279, 324: 325}
# What points to places that a page of its own does not have: other directories, old JPEG's parts.
_POINTERS: Final = {330, 34665, 34853, 40965, 513, 514, 519, 520, 521}
_OLD_JPEG: Final = 6

# NewSubfileType: a smaller version of another page, and a mask.
_REDUCED, _MASK = 1, 4

# Fields of one page: writers use about 20, and some vendors a few dozen of their own.
_MAX_FIELDS: Final = 4_096


class _Broken(Exception):
    """What is there is no sound TIFF directory."""


@dataclass(frozen=True, slots=True)
class _Field:
    kind: int
    count: int
    value: bytes


class Tiff:
    """A TIFF file; `pages` counts its pages, `others` its smaller versions and masks.

    A file whose directories are broken, or hold what cannot be taken over, has no pages here, and
    is for a decoder to judge.
    """

    def __init__(self, file: BinaryIO, most: int) -> None:
        """Walk the chain of directories, up to one page more than `most`."""
        self._file = file
        self._size = file.seek(0, 2)
        self._places: list[int] = []
        self.others = 0
        try:
            self._order, self._big, first = self._header()
            for place, fields in self._chain(first):
                kind = self._numbers(fields.get(_SUBFILE), [0])[0]
                if kind & (_REDUCED | _MASK):
                    self.others += 1
                    continue
                self._data(fields)
                self._places.append(place)
                if len(self._places) > most:
                    break
        except _Broken:
            self._places = []

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return len(self._places)

    def size(self, number: int) -> int:
        """Return how many bytes the picture data of a page take, counted from 1."""
        _, lengths = self._data(self._fields(self._places[number - 1])[0])
        return sum(lengths)

    def page(self, number: int) -> bytes:
        """Return a page, counted from 1, as a TIFF file. Raises Unreadable if it is damaged."""
        if not 1 <= number <= self.pages:
            raise Unreadable(f"the file has no page {number}")
        try:
            return self._rewrapped(self._fields(self._places[number - 1])[0])
        except _Broken as error:
            raise Unreadable(f"damaged: {error}") from error

    def _header(self) -> tuple[str, bool, int]:
        head = self._at(0, 8)
        order = {b"II": "<", b"MM": ">"}.get(head[:2])
        if order is None:
            raise _Broken("no byte order")
        (version,) = struct.unpack(order + "H", head[2:4])
        if version == 42:
            return order, False, struct.unpack(order + "I", head[4:])[0]
        if version == 43:
            return order, True, struct.unpack(order + "Q", self._at(8, 8))[0]
        raise _Broken("no version")

    def _chain(self, place: int) -> Iterator[tuple[int, dict[int, _Field]]]:
        met = set()
        while place:
            if place in met:
                raise _Broken("directories that name each other")
            met.add(place)
            fields, after = self._fields(place)
            yield place, fields
            place = after

    def _fields(self, place: int) -> tuple[dict[int, _Field], int]:
        """Return a directory's fields by tag, and where the next directory is."""
        counter, entry, word = ("Q", "HHQ8s", 8) if self._big else ("H", "HHI4s", 4)
        width = struct.calcsize(self._order + counter)
        (count,) = struct.unpack(self._order + counter, self._at(place, width))
        if count > _MAX_FIELDS:
            raise _Broken("a directory of too many fields")
        each = struct.calcsize(self._order + entry)
        table = self._at(place + width, count * each + word)
        fields = {}
        for tag, kind, number, value in struct.iter_unpack(self._order + entry, table[:-word]):
            if kind in _SIZES:
                length = _SIZES[kind] * number
                if length > word:
                    value = self._at(self._word(value), length)
                fields[tag] = _Field(kind, number, value[:length])
        return fields, self._word(table[-word:])

    def _data(self, fields: dict[int, _Field]) -> tuple[list[int], list[int]]:
        """Return where strips or tiles begin and how long they are. Raises _Broken."""
        if self._numbers(fields.get(_COMPRESSION), [1])[0] == _OLD_JPEG:
            raise _Broken("JPEG as TIFF 6.0 had it, whose parts lie anywhere")
        for tag, counts in _DATA.items():
            if tag in fields:
                places = self._numbers(fields[tag], [])
                lengths = self._numbers(fields.get(counts), [])
                if not places or len(places) != len(lengths):
                    break
                # Strips that share their bytes could make a page of any size.
                if sum(lengths) > self._size:
                    raise _Broken("more picture data than the file holds")
                return places, lengths
        raise _Broken("no picture data")

    def _rewrapped(self, fields: dict[int, _Field]) -> bytes:
        places, lengths = self._data(fields)
        parts = [self._at(at, length) for at, length in zip(places, lengths, strict=True)]
        kept = {
            tag: field for tag, field in fields.items()
            if tag not in _POINTERS and tag != _PAGE_NUMBER
        }  # fmt: skip
        pointer, kind, word = ("Q", 16, 8) if self._big else ("I", 4, 4)
        tag = next(tag for tag in _DATA if tag in kept)
        for other in _DATA.keys() - {tag}:
            kept.pop(other, None)
        kept[tag] = _Field(kind, len(parts), bytes(word * len(parts)))
        entry = "HHQ" if self._big else "HHI"
        counter = "Q" if self._big else "H"
        begin = 16 if self._big else 8
        each = struct.calcsize(self._order + entry) + word
        after = begin + struct.calcsize(self._order + counter) + each * len(kept) + word
        # First the values that do not fit into the directory, then the picture data.
        values = sum(_even(len(f.value)) for f in kept.values() if len(f.value) > word)
        at = after + values
        starts = []
        for part in parts:
            starts.append(at)
            at += _even(len(part))
        if not self._big and at >= 1 << 32:
            raise _Broken("a page of more than 4 GB")
        offsets = struct.pack(f"{self._order}{len(starts)}{pointer}", *starts)
        kept[tag] = _Field(kind, len(parts), offsets)
        directory = [struct.pack(self._order + counter, len(kept))]
        outside = []
        for number, field in sorted(kept.items()):
            value = field.value
            if len(value) > word:
                outside.append(_padded(value))
                value = struct.pack(self._order + pointer, after)
                after += len(outside[-1])
            directory.append(struct.pack(self._order + entry, number, field.kind, field.count))
            directory.append(value.ljust(word, b"\0"))
        directory.append(bytes(word))
        return b"".join([self._head(begin), *directory, *outside, *map(_padded, parts)])

    def _head(self, first: int) -> bytes:
        mark = b"II" if self._order == "<" else b"MM"
        if self._big:
            return mark + struct.pack(self._order + "HHHQ", 43, 8, 0, first)
        return mark + struct.pack(self._order + "HI", 42, first)

    def _numbers(self, field: _Field | None, without: list[int]) -> list[int]:
        if field is None or field.kind not in _WHOLE or not field.count:
            return without
        return list(struct.unpack(f"{self._order}{field.count}{_WHOLE[field.kind]}", field.value))

    def _word(self, value: bytes) -> int:
        number: int = struct.unpack(self._order + ("Q" if self._big else "I"), value)[0]
        return number

    def _at(self, place: int, length: int) -> bytes:
        if place + length > self._size:
            raise _Broken("truncated: what a directory names is past the end of the file")
        self._file.seek(place)
        data = self._file.read(length)
        if len(data) != length:
            raise _Broken("truncated")
        return data


def _even(length: int) -> int:
    return length + length % 2


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (len(data) % 2)
