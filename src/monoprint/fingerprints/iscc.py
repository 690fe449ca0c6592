"""ISCC Image-Codes of ISO 24138, through the optional package iscc-lib."""

from monoprint.errors import MissingExtra
from monoprint.imaging.decode import Opened
from monoprint.imaging.normalize import iscc_pixels

# The length of a unit in the standard. iscc-lib 0.7.0 gives codes beyond it that differ from the
# standard's vectors.
BITS = 64


def fingerprint(opened: Opened) -> str:
    """Return the 64-bit ISCC Image-Code unit of the first frame, with its ``ISCC:`` prefix.

    Raises MissingExtra if iscc-lib is not installed, Unreadable if the frame cannot be decoded.
    """
    return code(iscc_pixels(opened))


def code(pixels: bytes) -> str:
    """Return the Image-Code of 1,024 grey values, 32 x 32 row by row."""
    require()
    import iscc_lib

    return str(iscc_lib.gen_image_code_v0(pixels, BITS).iscc)


def require() -> None:
    """Raise MissingExtra if iscc-lib is not installed."""
    try:
        import iscc_lib  # noqa: F401
    except ImportError as error:
        raise MissingExtra(
            "ISCC codes need the package iscc-lib, which is not installed",
            advice="Install it with: pip install 'monoprint[iscc]'",
        ) from error
