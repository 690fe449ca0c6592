"""Extents: where a file's bytes lie on the device, as Linux tells it."""

import struct
import sys
from typing import Final

# FS_IOC_FIEMAP of Linux (include/uapi/linux/fiemap.h): a header of 32 bytes, then 56 an extent.
_FIEMAP: Final = 0xC020660B
_HEADER: Final = struct.Struct("=QQLLLL")
_EXTENT: Final = struct.Struct("=QQQQQLLLL")
_SYNC: Final = 0x1
_MAX_EXTENTS: Final = 256
_LAST: Final = 0x1
_UNTELLABLE: Final = 0x2 | 0x4 | 0x8 | 0x200  # unknown, delayed, encoded, inline
_SHARED: Final = 0x2000


def shared_extents(file: int) -> tuple[tuple[int, int], ...]:
    """Return an open file's extents, (offset, length) each, if all are shared with another file.

    Nothing where the system or the file system does not tell, so that nothing is claimed.
    """
    if sys.platform != "linux":
        return ()
    import fcntl

    request = bytearray(_HEADER.size + _MAX_EXTENTS * _EXTENT.size)
    whole = (1 << 64) - 1
    _HEADER.pack_into(request, 0, 0, whole, _SYNC, 0, _MAX_EXTENTS, 0)
    try:
        fcntl.ioctl(file, _FIEMAP, request)
    except OSError:
        return ()
    extents = []
    last = 0
    for number in range(_HEADER.unpack_from(request)[3]):
        at = _HEADER.size + number * _EXTENT.size
        _, physical, length, _, _, last, *_ = _EXTENT.unpack_from(request, at)
        if last & _UNTELLABLE or not last & _SHARED:
            return ()
        extents.append((physical, length))
    return tuple(extents) if last & _LAST else ()
