"""What a slider puzzle is, and its pictures as clients lay them out: sizes, grain, JPEG."""

import colorsys
from io import BytesIO
from random import Random

import msgspec
from PIL import Image, ImageChops

from shared.contracts import human_checks

WIDTH, HEIGHT = human_checks.BACKGROUND
PIECE = human_checks.PIECE
X_RANGE, Y_RANGE = (20, 239), (20, 89)
"""Where the piece may belong, in pixels of its upper left corner (leaf reference 3.1)."""

QUALITY = 88


class Drawn(msgspec.Struct, frozen=True):
    """A puzzle and its answer."""

    background: bytes
    piece: bytes
    x: int
    y: int


def grainy(picture: Image.Image, chance: Random, strength: int) -> Image.Image:
    """Make every pixel lighter or darker by so much at most: no two can be compared exactly."""
    raw = Image.frombytes("L", picture.size, chance.randbytes(picture.width * picture.height))
    grain = raw.point(lambda value: 128 + (value - 128) * strength // 128)
    return ImageChops.add(picture, Image.merge("RGB", (grain,) * 3), 1, -128)


def colour(hue: float, saturation: float, value: float) -> tuple[int, ...]:
    """Give a colour; any hue is one, and two that differ by a whole number are the same."""
    return tuple(int(255 * part) for part in colorsys.hsv_to_rgb(hue % 1, saturation, value))


def jpeg(picture: Image.Image) -> bytes:
    """Give a picture as clients take it."""
    out = BytesIO()
    picture.save(out, format="JPEG", quality=QUALITY)
    return out.getvalue()
