"""What the kinds of slider puzzles share: their sizes, where a piece may belong, the last touch."""

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


def noise(size: tuple[int, int], cell: int, chance: Random) -> Image.Image:
    """Give spots of any brightness, each so many pixels wide."""
    width, height = (max(2, side // cell) for side in size)
    raw = Image.frombytes("L", (width, height), chance.randbytes(width * height))
    return raw.resize(size, Image.Resampling.BICUBIC)


def grainy(picture: Image.Image, chance: Random, strength: int) -> Image.Image:
    """Make every pixel lighter or darker by so much at most: no two can be compared exactly."""
    grain = noise(picture.size, 1, chance).point(lambda v: 128 + (v - 128) * strength // 128)
    return ImageChops.add(picture, Image.merge("RGB", (grain,) * 3), 1, -128)


def colour(hue: float, saturation: float, value: float) -> tuple[int, ...]:
    """Give a colour; any hue is one, and two that differ by a whole number are the same."""
    return tuple(int(255 * part) for part in colorsys.hsv_to_rgb(hue % 1, saturation, value))


def jpeg(picture: Image.Image) -> bytes:
    """Give a picture as clients take it."""
    out = BytesIO()
    picture.save(out, format="JPEG", quality=QUALITY)
    return out.getvalue()
