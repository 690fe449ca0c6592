"""Drawn pictures to verify, scenes, pages, forms and plans, and what is done to them."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from monoprint.imaging.coding import coding
from monoprint.imaging.decode import open_picture
from monoprint.imaging.facts import facts
from monoprint.imaging.normalize import picture
from monoprint.matching.picture import Picture
from monoprint.model.asset import Facts
from tests.conftest import Drawing

WORDS = [
    "river",
    "harbour",
    "meadow",
    "station",
    "record",
    "office",
    "winter",
    "letter",
    "garden",
    "bridge",
    "market",
    "tower",
    "copper",
    "number",
    "ledger",
    "parish",
    "county",
    "survey",
    "boundary",
    "ferry",
    "orchard",
    "valley",
    "school",
    "quarry",
    "chapel",
]


class Pictures:
    """Draws pictures for the verifier; tests get it as the fixture `pictures`."""

    @staticmethod
    def scene(seed, size=(800, 600)):
        """Draw a scene with shapes, texture and soft light, as a photograph has."""
        return np.asarray(Drawing.scene(seed, size))

    @classmethod
    def shot(cls, moved=0):
        """Draw a scene with another one before it, which a camera that moves sees elsewhere."""
        far, near = cls.scene(3), cls.scene(4)
        mask = np.zeros(far.shape[:2], np.float32)
        for x in (150, 420, 690):
            cv2.rectangle(mask, (x - 60, 200), (x + 60, 599), 1, -1)
        shift = np.array([[1, 0, moved], [0, 1, 0]], np.float32)
        near, mask = (cv2.warpAffine(each, shift, (800, 600)) for each in (near, mask))
        return np.where(mask[..., None] > 0, near, far)

    @staticmethod
    def horizon(seed, size=(800, 500)):
        """Draw a tower before a wide sky and a calm sea, as a photograph of little detail."""
        rng = np.random.default_rng(seed)
        width, height = size
        line = round(0.72 * height)
        sky = np.linspace(250, 120, height)[:, None, None] * np.array([0.55, 0.75, 1.0])
        px = np.broadcast_to(sky, (height, width, 3)).copy()
        waves = rng.normal(0, 14, (height - line, 1, 1)) + rng.normal(
            0, 5, (height - line, width, 1)
        )
        px[line:] = np.array([40, 90, 140]) + waves
        px = px.astype(np.uint8)
        cv2.rectangle(px, (560, 150), (600, line), (225, 220, 210), -1)
        cv2.rectangle(px, (560, 230), (600, 270), (180, 40, 40), -1)
        cv2.rectangle(px, (552, 135), (608, 150), (60, 50, 50), -1)
        rock = np.array([[480, line], [520, line - 40], [660, line - 30], [720, line]])
        cv2.fillPoly(px, [rock], (90, 80, 60))
        grain = rng.normal(0, 1.2, px.shape)
        return np.clip(cv2.GaussianBlur(px, (0, 0), 1.0) + grain, 0, 255).astype(np.uint8)

    @staticmethod
    def page(seed, size=(900, 1200)):
        """Draw a page of text."""
        rng = np.random.default_rng(seed)
        image = Image.new("RGB", size, (250, 248, 240))
        pen, font = ImageDraw.Draw(image), ImageFont.load_default(24)
        for y in range(70, size[1] - 90, 38):
            words = " ".join(rng.choice(WORDS, 8))
            pen.text((70, y), words[: int(rng.integers(30, 56))], (30, 28, 26), font)
        return np.asarray(image)

    @staticmethod
    def form(name="Anna Keller", number="10334", portrait=1, size=(1200, 800)):
        """Draw an identity form: one template, its fields filled in."""
        image = Image.new("RGB", size, (244, 246, 250))
        pen = ImageDraw.Draw(image)
        pen.rectangle((20, 20, size[0] - 21, size[1] - 21), outline=(60, 80, 140), width=4)
        pen.text((80, 60), "Registry of the county: identity form", (40, 50, 110), _font(40))
        for line, label in enumerate(("Name of the holder", "Number of the record", "Office")):
            pen.text((460, 190 + 150 * line), label, (110, 110, 120), _font(24))
            pen.line((460, 290 + 150 * line, 1120, 290 + 150 * line), (150, 150, 160), 2)
        pen.text((460, 230), name, (15, 15, 20), _font(44))
        pen.text((460, 380), number, (15, 15, 20), _font(44))
        pen.text((460, 530), "Harbour Street 12", (15, 15, 20), _font(44))
        for line in range(3):
            text = "This form is valid with the seal of the office alone. Keep it dry and flat."
            pen.text((80, 650 + 34 * line), text, (90, 90, 100), _font(22))
        pixels = np.array(image)
        pixels[190:560, 90:390] = Pictures.scene(1000 + portrait, (300, 370))
        return pixels

    @staticmethod
    def drawing(seed, size=(900, 700)):
        """Draw a plan: thin walls on white, rooms with their names."""
        rng = np.random.default_rng(seed)
        image = Image.new("RGB", size, "white")
        pen = ImageDraw.Draw(image)
        for _ in range(14):
            x, y = rng.integers(40, size[0] - 260), rng.integers(40, size[1] - 200)
            w, h = rng.integers(60, 240), rng.integers(50, 180)
            pen.rectangle((x, y, x + w, y + h), outline="black", width=int(rng.integers(2, 6)))
            pen.text((x + 8, y + 8), str(rng.choice(WORDS)), "black", _font(20))
            pen.line((x, y + h // 2, x + w // 3, y + h), "black", 2)
        return np.asarray(image)

    @staticmethod
    def picture(pixels, kind="PNG", quality=None, **more):
        """Return pixels as the verifier takes them, as if they came from a file of that format."""
        height, width = pixels.shape[:2]
        return Picture(np.ascontiguousarray(pixels), Facts(kind, width, height, quality, **more))

    @staticmethod
    def saved(pixels, kind="JPEG", **settings):
        """Return pixels as the verifier takes them from a file of that format."""
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, kind, **settings)
        opened = open_picture(file.getvalue(), "")
        known = facts(opened)
        return Picture(picture(opened, 0, 1600), known, coding(opened, known.orientation))

    @staticmethod
    def jpeg(pixels, quality):
        """Return pixels after they were a JPEG file."""
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=quality)
        return np.asarray(Image.open(file).convert("RGB"))

    @staticmethod
    def resized(pixels, factor):
        """Return pixels made smaller."""
        height, width = pixels.shape[:2]
        size = (round(width * factor), round(height * factor))
        return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)

    @staticmethod
    def oriented(pixels, turn):
        """Return pixels in one of the eight orientations of `monoprint.model.match.TURNS`."""
        ways = (
            None, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180,
            Image.Transpose.ROTATE_270, Image.Transpose.FLIP_TOP_BOTTOM,
            Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.TRANSPOSE, Image.Transpose.TRANSVERSE,
        )  # fmt: skip
        image = Image.fromarray(pixels)
        return np.asarray(image if turn == 0 else image.transpose(ways[turn]))

    @staticmethod
    def rotated(pixels, degrees):
        """Return pixels turned about their middle, grey where nothing is."""
        height, width = pixels.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        return cv2.warpAffine(
            pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(90, 90, 90)
        )

    @classmethod
    def tiled(cls, pixels, colour, share):
        """Return pixels with rows of a word over all of them, which covers them by some share."""
        height, width = pixels.shape[:2]
        for row, top in enumerate(range(20, height - 60, 130)):
            for left in range(-100 + 90 * (row % 2), width, 300):
                pixels = cls.lettered(pixels, "SAMPLE", (left, top), 52, colour, share)
        return pixels

    @classmethod
    def paper(cls, kind):
        """Draw a page, a form or a drawing."""
        return cls.form() if kind == "form" else getattr(cls, kind)(1)

    @staticmethod
    def lettered(pixels, text, place, height=48, colour=(255, 255, 255), share=1.0):
        """Return pixels with a text on them, which covers them by some share."""
        image = Image.fromarray(pixels)
        above = image.copy()
        ImageDraw.Draw(above).text(place, text, colour, _font(height))
        return np.asarray(Image.blend(image, above, share))


def _font(height):
    return ImageFont.load_default(height)


@pytest.fixture(scope="session")
def pictures():
    """Give what draws pictures for the verifier."""
    return Pictures
