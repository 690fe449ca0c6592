"""Sidecars: XMP files that lie beside a picture and tell of it."""

from typing import Final

# As the catalog has the format of one; its entry is no picture, and its attributes are another's.
FORMAT: Final = "XMP"
_ENDING: Final = ".xmp"

# A packet begins with its wrapper, or at once with the RDF in it (XMP Specification Part 1, 7).
_HEAD: Final = 4096
_SIGNS: Final = (b"<x:xmpmeta", b"<rdf:RDF", b"<?xpacket")


def is_sidecar(path: str, data: bytes) -> bool:
    """Say whether a file is a sidecar, by its name and by its bytes."""
    return path.lower().endswith(_ENDING) and any(sign in data[:_HEAD] for sign in _SIGNS)


def places(path: str) -> tuple[str, ...]:
    """Return the paths of the sidecars that a picture at `path` can have, the strongest last.

    ``photo.xmp`` tells of all pictures of that name, ``photo.jpg.xmp`` of this one alone; both are
    in use.
    """
    folder, slash, name = path.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    names = dict.fromkeys((f"{folder}{slash}{stem}" if dot and stem else path, path))
    return tuple(name + ending for name in names for ending in (_ENDING.upper(), _ENDING))
