"""The Image API: the size that is asked for is one that the service gives."""

import pytest

from monoprint.errors import Unreadable, Unsupported
from monoprint.sources.image_api import Service, request, service_of, size_for


def info(version=3, level=2, width=6000, height=4000, **said):
    return {
        "@context": f"http://iiif.io/api/image/{version}/context.json",
        "profile": f"level{level}",
        "width": width,
        "height": height,
        **said,
    }


SIZES = [{"width": 375, "height": 250}, {"width": 1500, "height": 1000},
         {"width": 3000, "height": 2000}]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "asked", "side"),
    [
        (info(), "!1024,1024", 1024),
        (info(2), "!1024,1024", 1024),
        (info(width=800, height=600), "max", 800),
        (info(2, width=800, height=600), "full", 800),
        (info(level=1), "1024,", 1024),
        (info(level=1, width=400, height=4000), ",1024", 1024),
        (info(level=1, extraFeatures=["sizeByConfinedWh"]), "!1024,1024", 1024),
        (info(maxWidth=600), "!600,400", 600),
        (info(maxWidth=600, maxHeight=200), "!300,200", 300),
        (info(level=1, maxWidth=600), "600,", 600),
        (info(maxArea=240_000), "!600,400", 600),
        (info(level=0, sizes=SIZES), "1500,1000", 1500),
        (info(2, level=0, sizes=SIZES), "1500,", 1500),
        (info(level=0, sizes=SIZES[:1]), "375,250", 375),
        (info(level=0), "max", 6000),
        (info(2, level=0), "full", 6000),
        (info(level=0, sizes=[{"width": 6000, "height": 4000}]), "max", 6000),
        (info(level=0, extraFeatures=["sizeByW"]), "1024,", 1024),
        (info(width=100_000, height=1), "!1024,1024", 1024),
    ],
)
def test_the_size_is_one_that_the_service_gives(said, asked, side):
    size = size_for(service_of(said))
    assert (size.asked, size.side) == (asked, side)


def test_version_2_has_its_limits_in_the_profile():
    said = info(2)
    said["profile"] = ["http://iiif.io/api/image/2/level1.json",
                       {"maxWidth": 500, "supports": ["sizeByConfinedWh"]}]  # fmt: skip
    assert service_of(said) == Service(
        2, 1, 6000, 4000, (), 500, 500, 0, frozenset({"sizeByConfinedWh"})
    )


def test_the_request_is_for_the_whole_upright_picture():
    size = size_for(service_of(info()))
    assert request("https://x.org/i/1%2F2", size) == (
        "https://x.org/i/1%2F2/full/!1024,1024/0/default.jpg"
    )


@pytest.mark.parametrize(
    "said",
    [[], "x", None, {}, {"@context": "http://iiif.io/api/image/3/context.json"},
     info(width=0), info(width=-1), info(height="4000"), info(width=1 << 50), info(width=True) | {
         "height": None}],
)  # fmt: skip
def test_what_is_no_info_is_unreadable(said):
    with pytest.raises((Unreadable, Unsupported)):
        service_of(said)


def test_version_1_is_not_supported():
    with pytest.raises(Unsupported, match="another version"):
        service_of({"@context": "http://library.stanford.edu/iiif/image-api/1.1/context.json"})


@pytest.mark.parametrize(
    "said",
    [info(sizes="x"), info(sizes=[1, {"width": "a"}]), info(extraFeatures={"a": 1}),
     info(maxWidth="1"), info(profile=None), info(profile=[{"maxWidth": []}])],
)  # fmt: skip
def test_odd_fields_are_as_if_they_were_not_there(said):
    assert size_for(service_of(said)).asked in {"!1024,1024", "max"}
