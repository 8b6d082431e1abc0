"""Drawing a jigsaw: a picture with places for a piece, of which one is right.

A person sees where the shapes and colours of the piece go on, and lays it over that place. A script
that looks for the mark finds several; one that compares the piece with what is inside the marks
finds nothing there, and one that compares edges finds a shadow between them, and another light.
"""

import math
from random import Random, SystemRandom

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from services.auth.human_checks.drawing import (
    HEIGHT,
    PIECE,
    WIDTH,
    X_RANGE,
    Y_RANGE,
    Drawn,
    colour,
    grainy,
    jpeg,
)

PLACES = 3
"""Marked places on the row of the piece, the right one among them."""

APART = 14
"""Least pixels between two of them."""

LEAST_CONTRAST, SPOTS = 38, 20
"""Least spread of a piece's brightness, and how many spots are looked at for one that has it."""

WORN = 5
"""Pixels of shadow around a mark, so that a piece and its surroundings have no common edge."""

_BIG = 2
"""Shapes are drawn so many times larger, so that their edges are smooth."""


def draw() -> Drawn:
    """Draw a puzzle; costs some ten milliseconds of CPU."""
    chance = SystemRandom()
    picture = _scene(chance)
    x, y = _spot(picture, chance)
    piece = _relit(_square(picture, x, y), chance)
    for place in [x, *_others(picture, x, y, chance)]:
        _mark(picture, place, y, chance)
    return Drawn(jpeg(grainy(picture, chance, 10)), jpeg(piece), x, y)


def _spot(picture: Image.Image, chance: Random) -> tuple[int, int]:
    """Choose where the piece belongs: somewhere with enough in it to tell it by."""
    spots = [(chance.randint(*X_RANGE), chance.randint(*Y_RANGE)) for _ in range(SPOTS)]
    return next((one for one in spots if _contrast(picture, *one) >= LEAST_CONTRAST), spots[0])


def _contrast(picture: Image.Image, x: int, y: int) -> float:
    return ImageStat.Stat(_square(picture, x, y).convert("L")).stddev[0]


def _square(picture: Image.Image, x: int, y: int) -> Image.Image:
    return picture.crop((x, y, x + PIECE, y + PIECE))


def _others(picture: Image.Image, x: int, y: int, chance: Random) -> list[int]:
    """Choose where else the piece could seem to belong: of some places, those least like it."""
    piece, chosen = _square(picture, x, y), [x]
    while len(chosen) < PLACES:
        free = [
            other
            for other in range(8, WIDTH - PIECE - 7)
            if all(abs(other - one) >= PIECE + APART for one in chosen)
        ]
        if not free:
            break
        some = chance.sample(free, min(6, len(free)))
        chosen.append(max(some, key=lambda one: _unlike(piece, _square(picture, one, y))))
    return chosen[1:]


def _unlike(one: Image.Image, other: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).rms)


def _scene(chance: Random) -> Image.Image:
    """Paint a picture: a sky of two colours, discs, and a few broad ribbons across it."""
    size = (WIDTH * _BIG, HEIGHT * _BIG)
    hue = chance.random()
    picture = _gradient(size, colour(hue, 0.25, 1.0), colour(hue + 0.15, 0.45, 0.8), chance)
    brush = ImageDraw.Draw(picture)
    # Hues a golden ratio apart are never like each other.
    hues = [hue + 0.618 * number for number in range(1, 13)]
    for one in hues[:6]:
        _disc(brush, size, colour(one, 0.7, chance.uniform(0.6, 1.0)), chance)
    for one in hues[6:]:
        _ribbon(brush, size, colour(one, 0.85, chance.uniform(0.45, 1.0)), chance)
    return picture.resize((WIDTH, HEIGHT), Image.Resampling.BOX)


def _gradient(
    size: tuple[int, int], one: tuple[int, ...], other: tuple[int, ...], chance: Random
) -> Image.Image:
    ramp = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270))).resize(size)
    return Image.composite(Image.new("RGB", size, one), Image.new("RGB", size, other), ramp)


def _disc(
    brush: ImageDraw.ImageDraw, size: tuple[int, int], shade: tuple[int, ...], chance: Random
) -> None:
    radius = chance.randint(18, 40) * _BIG
    x, y = chance.randrange(size[0]), chance.randrange(size[1])
    brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=shade)


def _ribbon(
    brush: ImageDraw.ImageDraw, size: tuple[int, int], shade: tuple[int, ...], chance: Random
) -> None:
    """Draw a wave from edge to edge: what makes a place told from another by its continuation."""
    middle, height = chance.uniform(0, size[1]), chance.uniform(15, 45) * _BIG
    length, shift = chance.uniform(110, 260) * _BIG, chance.uniform(0, math.tau)
    slope = chance.uniform(-0.6, 0.6)
    points = [
        (x, middle + slope * (x - size[0] / 2) + height * math.sin(math.tau * x / length + shift))
        for x in range(-10, size[0] + 10, 6)
    ]
    brush.line(points, fill=shade, width=chance.randint(8, 15) * _BIG, joint="curve")


def _relit(piece: Image.Image, chance: Random) -> Image.Image:
    """Light a piece otherwise: every colour a little, and more so towards one side."""
    gain, bias = chance.uniform(0.75, 1.1), chance.uniform(-12, 12)
    curves = [
        _curve(gain * chance.uniform(0.85, 1.15), bias + chance.uniform(-18, 18)) for _ in "RGB"
    ]
    lit = piece.point([value for curve in curves for value in curve])
    shade = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270)))
    dark = lit.point(lambda value: int(value * 0.7))
    return grainy(Image.composite(lit, dark, shade.resize(piece.size)), chance, 14)


def _curve(gain: float, bias: float) -> list[int]:
    return [max(0, min(255, int(value * gain + bias))) for value in range(256)]


def _mark(picture: Image.Image, x: int, y: int, chance: Random) -> None:
    """Mark a place: a dark square with a pale rim, and a shadow that hides where shapes meet it."""
    shadow = Image.new("L", picture.size)
    around = (x - WORN, y - WORN, x + PIECE + WORN - 1, y + PIECE + WORN - 1)
    ImageDraw.Draw(shadow).rectangle(around, fill=255)
    picture.paste((60, 60, 60), mask=shadow.filter(ImageFilter.GaussianBlur(1)))
    level = chance.randint(40, 70)
    brush = ImageDraw.Draw(picture)
    brush.rectangle(
        (x, y, x + PIECE - 1, y + PIECE - 1),
        fill=(level, level, level),
        outline=(225, 225, 225),
    )
