"""Provenance: C2PA content credentials, and whether their signature holds.

Read by c2pa-python, an optional package, which is told to ask no network for anything: manifests
that lie elsewhere, revocation and identities are not looked up, and trusted are the authorities
that the caller names and no others.
"""

import io
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from monoprint.imaging import jpeg

# What a manifest store is marked by in any file (C2PA 2.2, JUMBF), and what tells of one that
# lies elsewhere (XMP's dcterms:provenance).
_STORE: Final = (b"jumb", b"c2pa")
_ELSEWHERE: Final = b"dcterms:provenance"

_MAX_MANIFEST_MIB: Final = 16

_SETTINGS: Final = {
    "core": {
        "allowed_network_hosts": [],
        "decode_identity_assertions": False,
        "max_decompressed_manifest_size_in_mb": _MAX_MANIFEST_MIB,
    },
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
}

# How the library names what came of validation, and what that is called here.
_STATES: Final = {"Trusted": "valid", "Valid": "not trusted"}
_UNTRUSTED: Final = "signingCredential.untrusted"


def credentials(data: bytes, anchors: str = "") -> Iterator[tuple[str, str]]:
    """Yield what a file's content credentials say; nothing for a file that has none.

    ``provenance`` is the program that made the claim, ``provenance-signer`` who signed it, and
    ``provenance-signature`` is ``valid``, ``not trusted`` (it holds, and no authority of `anchors`,
    certificates in PEM, stands for who signed), ``broken: …`` with the code of C2PA 2.2 for what
    does not hold, or ``not checked: …`` with the reason. A certificate that is out of date today
    and bears no time stamp does not hold, so this can change with time.
    """
    end = _metadata_end(data)
    if any(data.find(mark, 0, end) < 0 for mark in _STORE):
        if data.find(_ELSEWHERE, 0, end) >= 0:
            yield "provenance-signature", "not checked: its credentials lie elsewhere"
        return
    try:
        import c2pa
    except ImportError:
        yield "provenance-signature", "not checked: pip install 'monoprint[c2pa]'"
        return
    try:
        with c2pa.Reader(None, io.BytesIO(data), None, _context(anchors)) as reader:
            told = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:
        return  # the marks were something else's
    except c2pa.C2paError as error:
        yield "provenance-signature", f"not checked: {error}"
        return
    yield from _told(told)


def _metadata_end(data: bytes) -> int:
    """Return where metadata can stand no more: in a JPEG file, where its scans begin."""
    header = jpeg.read_header(data) if data.startswith(b"\xff\xd8") else None
    return len(data) if header is None else header.scans_from


@lru_cache(maxsize=4)
def _context(anchors: str) -> Any:
    import c2pa

    trust = {"trust": {"trust_anchors": anchors}} if anchors else {}
    return c2pa.Context(c2pa.Settings.from_dict(_SETTINGS | trust))


def _told(store: dict[str, Any]) -> Iterator[tuple[str, str]]:
    manifest = store.get("manifests", {}).get(store.get("active_manifest"), {})
    made_by = manifest.get("claim_generator_info") or [{}]
    name = made_by[0].get("name") or manifest.get("claim_generator", "")
    yield "provenance", " ".join(str(part) for part in (name, made_by[0].get("version")) if part)
    signed = manifest.get("signature_info") or {}
    yield "provenance-signer", str(signed.get("issuer") or signed.get("common_name") or "")
    state = store.get("validation_state", "")
    if state in _STATES:
        yield "provenance-signature", _STATES[state]
        return
    failures = [status.get("code", "") for status in store.get("validation_status") or ()]
    broken = next((code for code in failures if code != _UNTRUSTED), state or "unknown")
    yield "provenance-signature", f"broken: {broken}"
