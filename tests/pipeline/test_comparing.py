"""What a worker answers about two files; the verifier itself is not what is tested here."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from monoprint.fingerprints import bytes as whole_bytes
from monoprint.model.match import Box, Change, Relation, Verdict
from monoprint.pipeline import comparing, worker
from monoprint.pipeline.verdicts import heard, told

VERDICT = Verdict(
    Relation.OVERLAID,
    (Change("overlay", 0.1, "text on 10 % of the picture"),),
    certainty=0.75,
    where=(Box(0.1, 0.1, 0.2, 0.2),),
)


HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5))


@pytest.fixture
def verifier(monkeypatch):
    """Put a verifier in place that says what it is told to, and keeps what it was given."""

    class Fake:
        verdict = VERDICT
        given = ()

        def __call__(self, first, second):
            self.given = (first, second)
            return self.verdict

    fake = Fake()
    monkeypatch.setattr("monoprint.matching.verify.verify", fake, raising=False)
    return fake


@pytest.fixture
def store(tmp_path, draw):
    photo = draw.photo(1, (640, 480))
    pages = [draw.photo(n, (64, 48)) for n in (2, 3)]
    exif = Image.Exif()
    exif[0x010F] = "Nikon"
    return draw.store(
        tmp_path,
        {
            "a.png": draw.file(photo, "PNG"),
            "again.png": draw.file(photo, "PNG"),
            "a.tif": draw.file(photo, "TIFF", exif=exif.tobytes()),
            "a.jpg": draw.file(photo, "JPEG", quality=70),
            "small.png": draw.file(photo.resize((160, 120)), "PNG"),
            "pages.tif": draw.file(pages[0], "TIFF", save_all=True, append_images=pages[1:]),
            "bad.jpg": draw.file(photo, "JPEG")[:900],
            "notes.txt": b"nothing to see",
        },
    )


@pytest.fixture
def ask(store):
    """Give a function that asks a worker's task about two files of the store."""

    def asking(first, second, /, do="verify", **more):
        def entry(name):
            file = {"location": str(store), "path": name, "follow_symlinks": False}
            return file | {"frame": 0, "sha256": ""}

        task = {
            "do": do,
            "first": entry(first),
            "second": entry(second),
            "side": 400,
            "exact": True,
            "kind": "WEBP",
        }
        for key, value in more.items():
            task[key] = task.get(key, {}) | value if isinstance(value, dict) else value
        return json.loads(json.dumps(worker._TASKS[do](task)))

    return asking


def test_the_verdict_and_the_facts_of_both_are_told(ask, verifier):
    answer = ask("a.png", "a.jpg")
    assert answer["relation"] == "overlaid"
    assert answer["changes"] == [["overlay", 0.1, "text on 10 % of the picture"]]
    assert answer["certainty"] == 0.75
    assert "evidence" not in answer
    assert (answer["first"]["format"], answer["second"]["format"]) == ("PNG", "JPEG")
    assert answer["second"]["quality"] == 70
    assert (answer["first"]["width"], answer["first"]["height"]) == (640, 480)


def test_pictures_are_no_larger_than_asked_for_and_their_facts_are_of_the_file(ask, verifier):
    ask("a.png", "small.png")
    first, second = verifier.given
    assert (first.width, first.height) == (400, 300)
    assert (second.width, second.height) == (160, 120)
    assert (first.facts.width, first.facts.height) == (640, 480)


def test_each_is_compared_by_the_page_that_was_named(ask, verifier, draw):
    ask("pages.tif", "pages.tif", exact=False, second={"frame": 1})
    for picture, seed in zip(verifier.given, (2, 3), strict=True):
        np.testing.assert_array_equal(picture.pixels, np.asarray(draw.photo(seed, (64, 48))))


def test_equal_bytes_need_no_verifier(ask):
    answer = ask("a.png", "again.png")
    assert (answer["relation"], answer["certainty"], answer["changes"]) == (
        "identical-bytes", 1.0, [],
    )  # fmt: skip


def test_equal_pixels_need_no_verifier_and_what_is_told_differently_is_named(ask):
    answer = ask("a.png", "a.tif")
    assert answer["relation"] == "identical-pixels"
    assert [text for _, _, text in answer["changes"]] == [
        "format: PNG, then TIFF",
        "camera: none, then Nikon",
    ]


def test_what_is_not_decoded_in_full_is_never_equal_in_pixels(ask, verifier, store, draw):
    wide = np.asarray(draw.photo(1).convert("L")).astype(np.uint16) * 257
    frames = [Image.fromarray(wide)] * 65
    for name, compression in (("long.tif", "raw"), ("packed.tif", "tiff_lzw")):
        more = {"save_all": True, "append_images": frames[1:], "compression": compression}
        draw.store(store, {name: draw.file(frames[0], "TIFF", **more)})
    assert ask("long.tif", "packed.tif")["relation"] == "overlaid"


def test_nothing_exact_is_looked_for_unless_asked(ask, verifier):
    assert ask("a.png", "again.png", exact=False)["relation"] == "overlaid"


@pytest.mark.parametrize(
    ("first", "second", "which", "status"),
    [
        ("bad.jpg", "a.png", "first", "unreadable"),
        ("a.png", "bad.jpg", "second", "unreadable"),
        ("a.png", "notes.txt", "second", "unsupported"),
        ("a.png", "none.png", "second", "unreadable"),
    ],
)
def test_the_file_that_could_not_be_read_is_named(ask, verifier, first, second, which, status):
    answer = ask(first, second)
    assert (answer["which"], answer["status"]) == (which, status)
    assert answer["reason"]
    assert verifier.given == ()


def test_a_file_that_was_changed_since_is_not_compared(ask, verifier, store):
    right = whole_bytes.fingerprint((store / "a.png").read_bytes()).hex()
    assert "relation" in ask("a.png", "a.jpg", first={"sha256": right})
    answer = ask("a.png", "a.jpg", first={"sha256": "0" * 64})
    assert answer["reason"] == "changed since it was scanned"


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "JPEG"])
@pytest.mark.parametrize(
    "verdict", [VERDICT, Verdict(None), Verdict(Relation.EDITED), Verdict(Relation.CROPPED)]
)
def test_evidence_is_drawn_in_the_kind_asked_for(ask, verifier, verdict, kind):
    verifier.verdict = verdict
    answer = ask("a.png", "a.jpg", do="evidence", kind=kind)
    assert answer["relation"] == verdict.relation
    with Image.open(io.BytesIO(bytes.fromhex(answer["evidence"]))) as image:
        assert image.format == kind
        assert image.width > 600


def test_evidence_of_equal_files_shows_no_difference(ask):
    data = bytes.fromhex(ask("a.png", "again.png", do="evidence", kind="PNG")["evidence"])
    sheet = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    third = sheet[40:-12, -384:-12]
    assert (np.ptp(third, axis=2) < 40).all()


def test_the_places_that_the_comparison_found_glow(ask, verifier, store, draw):
    photo = np.asarray(draw.photo(1, (640, 480))).copy()
    photo[200:260, 300:400] = 255
    draw.store(store, {"marked.png": draw.file(Image.fromarray(photo), "PNG")})
    data = ask("a.png", "marked.png", do="evidence", kind="PNG")["evidence"]
    sheet = np.asarray(Image.open(io.BytesIO(bytes.fromhex(data))).convert("RGB")).astype(int)
    third = sheet[38:, -396:-12]
    bright = np.argwhere(third.max(axis=2) > 200)
    top, left = bright.min(axis=0)
    bottom, right = bright.max(axis=0)
    assert 0.42 < left / 384 < 0.5
    assert 0.58 < right / 384 < 0.66
    assert 0.38 < top / 288 < 0.46
    assert 0.5 < bottom / 288 < 0.6


def test_a_verdict_that_is_given_is_drawn_and_nothing_is_compared(ask, verifier):
    half = (0.5, 0, 0, 0, 0.5, 0, 0, 0, 1)
    given = Verdict(Relation.CROPPED, certainty=0.25, matrix=half, first_window=HALF)
    answer = ask("a.png", "small.png", do="evidence", kind="PNG", verdict=told(given))
    assert heard(answer) == given
    assert verifier.given == ()
    with Image.open(io.BytesIO(bytes.fromhex(answer["evidence"]))) as image:
        sheet = np.asarray(image.convert("RGB")).astype(int)
    second = sheet[38:-12, 408:-408]
    beyond = second[:, second.shape[1] // 2 + 8 :]
    assert np.ptp(beyond.reshape(-1, 3), axis=0).max() < 10  # it fills a quarter of the frame


def test_workers_know_it_without_loading_it():
    assert {"verify", "evidence"} <= set(worker._TASKS)
    assert "comparing" not in vars(worker)
    assert comparing.verify.__doc__


# Laying one on the other


@pytest.fixture
def scenes(tmp_path, draw):
    scene = draw.scene(4)
    return draw.store(
        tmp_path,
        {
            "scene.png": draw.file(scene, "PNG"),
            "same.jpg": draw.file(scene, "JPEG", quality=85),
            "part.jpg": draw.file(scene.crop((120, 90, 760, 540)), "JPEG", quality=90),
            "turned.png": draw.file(scene.rotate(90, expand=True), "PNG"),
            "other.png": draw.file(draw.scene(5), "PNG"),
            "bad.jpg": draw.file(scene, "JPEG")[:900],
        },
    )


def laid(folder, first, second, shown=400):
    entries = {
        which: {"location": str(folder), "path": path, "follow_symlinks": False, "sha256": "",
                "frame": 0}
        for which, path in (("first", first), ("second", second))
    }  # fmt: skip
    answer = worker.lay(entries | {"side": 1600, "shown": shown, "exact": True})
    return json.loads(json.dumps(answer))


def decoded(answer):
    return np.asarray(Image.open(io.BytesIO(bytes.fromhex(answer["laid"]))).convert("RGBA"))


@pytest.mark.parametrize("second", ["part.jpg", "turned.png"])
def test_a_part_and_a_turned_copy_lie_where_they_belong(scenes, second):
    answer = laid(scenes, "scene.png", second)
    found = decoded(answer).astype(int)
    scene = Image.open(scenes / "scene.png").resize((400, 300), Image.Resampling.BOX)
    assert found.shape == (300, 400, 4)
    both = found[..., 3] == 255
    share = 640 * 450 / (800 * 600) if second == "part.jpg" else 1
    assert abs(both.mean() - share) < 0.02
    assert np.abs(found[..., :3] - np.asarray(scene).astype(int))[both].mean() < 8


def test_a_part_is_laid_upon_and_never_enlarged(scenes):
    answer = laid(scenes, "part.jpg", "scene.png", shown=4096)
    found = decoded(answer)
    assert found.shape == (450, 640, 4)
    assert (found[8:-8, 8:-8, 3] == 255).all()


@pytest.mark.parametrize("second", ["scene.png", "same.jpg"])
def test_what_lies_as_it_is_is_not_drawn(scenes, second):
    assert laid(scenes, "scene.png", second) == {"laid": None}


@pytest.mark.parametrize(
    ("second", "why"), [("other.png", "too little in common"), ("bad.jpg", ""), ("none.png", "")]
)
def test_what_cannot_be_aligned_says_why(scenes, second, why):
    answer = laid(scenes, "scene.png", second)
    assert set(answer) == {"reason"}
    assert answer["reason"]
    assert why in answer["reason"]
