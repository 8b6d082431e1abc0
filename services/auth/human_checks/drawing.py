"""Drawing a slider puzzle: a picture with places for a piece, of which one is right.

A person sees which of the marked places the piece continues, and lays it over the mark. A script
that looks for the mark finds several; one that compares the piece with the picture finds that what
is inside the marks is not the piece, and that the piece is lit otherwise than its surroundings.
"""

import colorsys
import math
from io import BytesIO
from random import Random, SystemRandom

import msgspec
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from shared.contracts import human_checks

WIDTH, HEIGHT = human_checks.BACKGROUND
PIECE = human_checks.PIECE
X_RANGE, Y_RANGE = (20, 239), (20, 89)
"""Where the piece may belong, in pixels of its upper left corner (leaf reference 3.1)."""

PLACES = 3
"""Marked places on the row of the piece, the right one among them."""

APART = 14
"""Least pixels between two of them."""

LEAST_CONTRAST, SPOTS = 30, 12
"""Least spread of a piece's brightness, and how many spots are looked at for one that has it."""

QUALITY = 88
_BIG = 2
"""Shapes are drawn so many times larger, so that their edges are smooth."""


class Drawn(msgspec.Struct, frozen=True):
    """A puzzle and its answer."""

    background: bytes
    piece: bytes
    x: int
    y: int


def draw() -> Drawn:
    """Draw a puzzle; costs some ten milliseconds of CPU."""
    chance = SystemRandom()
    picture = _scene(chance)
    x, y = _spot(picture, chance)
    piece = _relit(_square(picture, x, y), chance)
    whole = picture.copy()
    for place in [x, *_others(x, chance)]:
        _mark(picture, whole, place, y, chance)
    return Drawn(_jpeg(picture), _jpeg(piece), x, y)


def _spot(picture: Image.Image, chance: Random) -> tuple[int, int]:
    """Choose where the piece belongs: somewhere with enough in it to tell it by."""
    spot = 0, 0
    for _ in range(SPOTS):
        spot = chance.randint(*X_RANGE), chance.randint(*Y_RANGE)
        if ImageStat.Stat(_square(picture, *spot).convert("L")).stddev[0] >= LEAST_CONTRAST:
            break
    return spot


def _square(picture: Image.Image, x: int, y: int) -> Image.Image:
    return picture.crop((x, y, x + PIECE, y + PIECE))


def _others(x: int, chance: Random) -> list[int]:
    """Choose where else the piece could seem to belong."""
    chosen = [x]
    while len(chosen) < PLACES:
        free = [
            other
            for other in range(8, WIDTH - PIECE - 7)
            if all(abs(other - one) >= PIECE + APART for one in chosen)
        ]
        if not free:
            break
        chosen.append(chance.choice(free))
    return chosen[1:]


def _scene(chance: Random) -> Image.Image:
    """Paint a picture: a sky of two colours, hills, discs and ribbons across it."""
    size = (WIDTH * _BIG, HEIGHT * _BIG)
    hue = chance.random()
    picture = _gradient(size, _colour(hue, 0.35, 0.95), _colour(hue + 0.25, 0.5, 0.6), chance)
    brush = ImageDraw.Draw(picture)
    for _ in range(6):
        _disc(brush, size, _colour(chance.random(), 0.6, chance.uniform(0.5, 0.95)), chance)
    for _ in range(9):
        _ribbon(brush, size, _colour(chance.random(), 0.75, chance.uniform(0.35, 0.95)), chance)
    picture = picture.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    return _grain(picture, chance, 14)


def _gradient(
    size: tuple[int, int], one: tuple[int, ...], other: tuple[int, ...], chance: Random
) -> Image.Image:
    ramp = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270))).resize(size)
    return Image.composite(Image.new("RGB", size, one), Image.new("RGB", size, other), ramp)


def _disc(
    brush: ImageDraw.ImageDraw, size: tuple[int, int], colour: tuple[int, ...], chance: Random
) -> None:
    radius = chance.randint(12, 34) * _BIG
    x, y = chance.randrange(size[0]), chance.randrange(size[1])
    brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _ribbon(
    brush: ImageDraw.ImageDraw, size: tuple[int, int], colour: tuple[int, ...], chance: Random
) -> None:
    """Draw a wave from edge to edge: what makes a place told from another by its continuation."""
    middle, height = chance.uniform(0, size[1]), chance.uniform(10, 45) * _BIG
    length, shift = chance.uniform(60, 220) * _BIG, chance.uniform(0, math.tau)
    slope = chance.uniform(-0.6, 0.6)
    points = [
        (x, middle + slope * (x - size[0] / 2) + height * math.sin(math.tau * x / length + shift))
        for x in range(-10, size[0] + 10, 6)
    ]
    brush.line(points, fill=colour, width=chance.randint(5, 12) * _BIG, joint="curve")


def _grain(picture: Image.Image, chance: Random, strength: float) -> Image.Image:
    """Add noise from the system's own source, so that no two pixels can be compared exactly."""
    raw = chance.randbytes(picture.width * picture.height)
    noise = Image.frombytes("L", picture.size, raw).point(
        lambda value: int(128 + (value - 128) * strength / 128)
    )
    return ImageChops.add(picture, Image.merge("RGB", (noise, noise, noise)), 1, -128)


def _relit(piece: Image.Image, chance: Random) -> Image.Image:
    """Light a piece otherwise: every colour and every corner a little brighter or darker."""
    bands = [
        band.point(_curve(chance.uniform(0.75, 1.2), chance.uniform(-22, 22)))
        for band in piece.split()
    ]
    lit = Image.merge("RGB", bands)
    shade = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270)))
    dark = lit.point(lambda value: int(value * 0.7))
    lit = Image.composite(lit, dark, shade.resize(piece.size))
    return _grain(lit.filter(ImageFilter.GaussianBlur(0.5)), chance, 20)


def _curve(gain: float, bias: float) -> list[int]:
    return [max(0, min(255, int(value * gain + bias))) for value in range(256)]


def _mark(picture: Image.Image, whole: Image.Image, x: int, y: int, chance: Random) -> None:
    """Mark a place: a darker square filled from elsewhere, with a pale rim."""
    box = (x, y, x + PIECE, y + PIECE)
    at = chance.randrange(WIDTH - PIECE), chance.randrange(HEIGHT - PIECE)
    filling = whole.crop((*at, at[0] + PIECE, at[1] + PIECE))
    share, dark = chance.uniform(0.7, 0.85), chance.uniform(0.45, 0.6)
    inside = Image.blend(picture.crop(box), filling, share)
    inside = inside.point(lambda value: int(value * dark))
    picture.paste(inside, box)
    brush = ImageDraw.Draw(picture, "RGBA")
    brush.rectangle(
        (x, y, x + PIECE - 1, y + PIECE - 1),
        outline=(255, 255, 255, chance.randint(110, 170)),
    )


def _colour(hue: float, saturation: float, value: float) -> tuple[int, ...]:
    return tuple(int(255 * part) for part in colorsys.hsv_to_rgb(hue % 1, saturation, value))


def _jpeg(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, format="JPEG", quality=QUALITY)
    return out.getvalue()
