"""The IIIF Image API, versions 2 and 3: which size of a picture to ask its service for."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from monoprint.errors import Unreadable, Unsupported

# The longer side that is asked for. Fingerprints are made at 512 and need no more; what is laid on
# each other at the deep level is looked at more closely, and 1024 keeps half of that closeness for
# a sixteenth of a master's bytes.
SIDE: Final = 1024

_CONFINED: Final = "sizeByConfinedWh"
_CONTEXT: Final = "iiif.io/api/image/"


@dataclass(frozen=True, slots=True)
class Service:
    """What an image service says of itself in its ``info.json``.

    `level` is that of its compliance (0 to 2), `sizes` the (width, height) that it has ready;
    `max_width`, `max_height` and `max_area` are 0 where there is no limit.
    """

    version: int
    level: int
    width: int
    height: int
    sizes: tuple[tuple[int, int], ...] = ()
    max_width: int = 0
    max_height: int = 0
    max_area: int = 0
    features: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Size:
    """A size as a request names it, and the longer side of the picture that it gives."""

    asked: str
    side: int


def service_of(info: object) -> Service:
    """Return what an ``info.json`` says. Raises Unreadable, Unsupported for another version."""
    if not isinstance(info, dict):
        raise Unreadable("info.json of the image service is no object of JSON")
    version = _version(info)
    width, height = _count(info.get("width")), _count(info.get("height"))
    if not width or not height:
        raise Unreadable("info.json of the image service has no width and height")
    profiles = info.get("profile")
    profiles = profiles if isinstance(profiles, list) else [profiles]
    level = next((n for p in profiles if isinstance(p, str) for n in (2, 1) if f"level{n}" in p), 0)
    # Version 2 has in its profile what version 3 has beside it.
    said: dict[str, Any] = dict(info)
    for profile in profiles:
        if isinstance(profile, dict):
            said |= profile
    features = said.get("extraFeatures", said.get("supports", []))
    max_width = _count(said.get("maxWidth"))
    return Service(
        version=version,
        level=level,
        width=width,
        height=height,
        sizes=tuple(_sizes(info.get("sizes"))),
        max_width=max_width,
        max_height=_count(said.get("maxHeight")) or max_width,
        max_area=_count(said.get("maxArea")),
        features=frozenset(f for f in _items(features) if isinstance(f, str)),
    )


def size_for(service: Service) -> Size:
    """Return the size to ask for: `SIDE`, or what comes nearest to it of what the service gives."""
    width, height = service.width, service.height
    whole = Size("full" if service.version == 2 else "max", max(width, height))
    if service.level == 0 and not {"sizeByW", _CONFINED} & service.features:
        return _ready(service, whole)
    scale = min(1.0, SIDE / max(width, height), _allowed(service))
    if scale == 1.0:
        return whole
    across, down = max(1, math.floor(width * scale)), max(1, math.floor(height * scale))
    side = max(across, down)
    if service.level == 2 or _CONFINED in service.features:
        box = (SIDE, SIDE) if scale == SIDE / max(width, height) else (across, down)
        return Size(f"!{box[0]},{box[1]}", side)
    return Size(f"{across}," if width >= height else f",{down}", side)


def request(base: str, size: Size) -> str:
    """Return the address of the whole picture in a size, upright, as JPEG."""
    return f"{base}/full/{size.asked}/0/default.jpg"


def _ready(service: Service, whole: Size) -> Size:
    """Return the smallest of the sizes that are ready and large enough, else the largest."""
    there = sorted(service.sizes, key=max)
    chosen = next((size for size in there if max(size) >= SIDE), there[-1] if there else None)
    if chosen is None or chosen == (service.width, service.height):
        return whole
    across, down = chosen
    return Size(f"{across}," if service.version == 2 else f"{across},{down}", max(chosen))


def _allowed(service: Service) -> float:
    """Return the largest scale that the service's limits let it give."""
    scale = 1.0
    if service.max_width:
        scale = min(scale, service.max_width / service.width, service.max_height / service.height)
    if service.max_area:
        scale = min(scale, math.sqrt(service.max_area / (service.width * service.height)))
    return scale


def _version(info: Mapping[str, Any]) -> int:
    """Tell the version of the API by its context or type."""
    told = [*_items(info.get("@context")), info.get("type"), info.get("@type")]
    for each in told:
        if isinstance(each, str):
            if f"{_CONTEXT}3/" in each or each == "ImageService3":
                return 3
            if f"{_CONTEXT}2/" in each or each == "ImageService2":
                return 2
    raise Unsupported("image service of another version than 2 and 3 of the IIIF Image API")


def _sizes(value: object) -> Iterator[tuple[int, int]]:
    for size in _items(value):
        if isinstance(size, dict):
            width, height = _count(size.get("width")), _count(size.get("height"))
            if width and height:
                yield width, height


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _count(value: object) -> int:
    """Return a number that can be a size in pixels; 0 for anything else."""
    return value if isinstance(value, int) and 0 < value < 1 << 40 else 0
