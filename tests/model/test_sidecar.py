"""Which sidecars a picture has, and what is one."""

import pytest

from monoprint.model.sidecar import is_sidecar, places

PACKET = b'<?xpacket begin="" ?><x:xmpmeta xmlns:x="adobe:ns:meta/"/>'


@pytest.mark.parametrize(
    ("path", "beside"),
    [
        ("a.d/p.jpg", ("a.d/p.xmp", "a.d/p.jpg.xmp")),
        ("p.q.tif", ("p.q.xmp", "p.q.tif.xmp")),
        ("a.d/p", ("a.d/p.xmp",)),
        (".jpg", (".jpg.xmp",)),
        ("https://x.example//p.jpg", ("https://x.example//p.xmp", "https://x.example//p.jpg.xmp")),
    ],
)
def test_a_picture_has_the_sidecar_of_its_name_and_its_own(path, beside):
    found = places(path)
    assert tuple(p for p in found if p.endswith(".xmp")) == beside
    assert {p.lower() for p in found} == {p.lower() for p in beside}


def test_a_sidecar_is_told_by_name_and_bytes():
    assert is_sidecar("a/p.XMP", PACKET)
    assert not is_sidecar("a/p.xml", PACKET)
    assert not is_sidecar("a/p.xmp", bytes.fromhex("ffd8ffe0"))
