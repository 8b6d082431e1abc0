"""Drawing ropes that lead from lettered plates to places, one of them the piece's.

A person follows the rope from the letter that the piece shows. A script finds three places that are
drawn alike. Colours tell it nothing: those of a rope change along its way, and are those of the
mosaic around; edges tell it little among scraps of rope, and at a meeting straight on may be wrong.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random, SystemRandom

from PIL import Image, ImageDraw, ImageFont, ImageOps

from services.auth.human_checks import tangle
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
from services.auth.human_checks.tangle import Point, Tangle

Colour = tuple[int, ...]

APART, FROM_EDGE = 16, 3
"""Least pixels between two places, and most by which their row is off the end of its range."""

LETTERS = "ABCDEFGHJKLMNPRSTUVXYZ"
"""On plates; none that looks like another or like a digit."""

PLATES, PLUG = 19, 32
"""Pixels from the edge of the picture to the ropes, and from a place's edge to where one ends."""

OUTLINE, BODY, SHINE, CLEARANCE = 12.5, 9.5, 3.0, 15.5
"""Pixels that a rope is wide: with its outline, without, its light, and free around the upper."""

UPPER = 16
"""Pixels around a meeting within which one rope is drawn above the other."""

BAND = (7, 16)
"""Pixels after which a rope has another colour."""

TILES, CHIPS, SCRAPS = 260, 40, 36
"""Polygons of the mosaic, rectangles as wide as ropes, and short pieces of rope."""

GRAIN = 14
DARK, PALE = (15, 12, 20), (235, 235, 235)
_BIG = 2
"""Everything is drawn so many times larger, so that edges are smooth."""


def draw() -> Drawn:
    """Draw a puzzle; costs some twenty milliseconds of CPU."""
    chance = SystemRandom()
    hanging = chance.random() < 0.5
    row = chance.randint(0, FROM_EDGE)
    # What hangs is drawn as it is, and what stands is drawn hanging and turned over.
    top = Y_RANGE[1] - row if hanging else HEIGHT - PIECE - Y_RANGE[0] - row
    places = _places(chance)
    begin, end = chance.randrange(tangle.ROPES), chance.randrange(tangle.ROPES)
    letters = chance.sample(LETTERS, tangle.ROPES)
    tops = [X_RANGE[0] + 100 * slot + chance.uniform(0, 60) for slot in range(tangle.ROPES)]
    bottoms = [place + PIECE / 2 for place in places]
    order = chance.choice(tangle.ORDERS)
    crossed = tangle.toss(order, begin, end, chance)
    ropes = tangle.tie(tops, bottoms, top + PLUG - PLATES, order, crossed, chance)

    palette = _palette(chance)
    canvas = _mosaic((WIDTH, HEIGHT), palette, chance)
    brush = ImageDraw.Draw(canvas)
    _scrap(brush, palette, chance)
    _ropes(brush, ropes, palette, chance)
    for x in bottoms:
        _plug(brush, (x, top + PLUG))
    picture = _finished(canvas, hanging)
    for x, letter in zip(tops, letters, strict=True):
        _plate(picture, (x, 11 if hanging else HEIGHT - 11), letter, 18)
    y = top if hanging else HEIGHT - PIECE - top
    for place in places:
        _mark(picture, place, y)
    piece = _piece(letters[begin], hanging, chance)
    return Drawn(
        jpeg(grainy(picture, chance, GRAIN)), jpeg(grainy(piece, chance, GRAIN)), places[end], y
    )


def _places(chance: Random) -> list[int]:
    """Choose where the marked places are, from the left."""
    least, most = X_RANGE
    spare = most - least - (tangle.ROPES - 1) * (PIECE + APART)
    gaps = sorted(chance.randint(0, spare) for _ in range(tangle.ROPES))
    return [least + gap + number * (PIECE + APART) for number, gap in enumerate(gaps)]


def _palette(chance: Random) -> list[Colour]:
    """Choose colours from dark to bright, for all that is drawn alike."""
    hue = chance.random()
    return [
        colour(hue + chance.choice((0, 0.08, 0.3, 0.5)), chance.uniform(0.3, 0.9), value)
        for value in (0.25, 0.4, 0.55, 0.7, 0.85, 1)
    ]


def _mosaic(size: tuple[int, int], palette: Sequence[Colour], chance: Random) -> Image.Image:
    """Cover a canvas with polygons."""
    width, height = (side * _BIG for side in size)
    canvas = Image.new("RGB", (width, height), chance.choice(palette))
    brush = ImageDraw.Draw(canvas)
    for _ in range(TILES * width * height // (WIDTH * HEIGHT * _BIG**2)):
        circle = (chance.randrange(width), chance.randrange(height), chance.uniform(9, 20) * _BIG)
        corners, turned = chance.randint(3, 6), chance.uniform(0, 90)
        brush.regular_polygon(circle, corners, turned, fill=chance.choice(palette))
    return canvas


def _scrap(brush: ImageDraw.ImageDraw, palette: Sequence[Colour], chance: Random) -> None:
    """Strew what has the width, the colours or the outline of a rope and leads nowhere."""
    for number in range(CHIPS + SCRAPS):
        x, y = chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT)
        angle, length = chance.uniform(0, math.tau), chance.uniform(5, 11)
        u, v = length * math.cos(angle), length * math.sin(angle)
        if number < CHIPS:
            chip = [((x - u) * _BIG, (y - v) * _BIG), ((x + u) * _BIG, (y + v) * _BIG)]
            wide = round(chance.uniform(5, 12) * _BIG)
            brush.line(chip, fill=chance.choice(palette), width=wide)
        else:
            bend = chance.uniform(-0.35, 0.35)
            way = [(x - u, y - v), (x - bend * v, y + bend * u), (x + u, y + v)]
            line = _enlarged(tangle.curve(way))
            _strand(brush, line, _bands(line, palette, chance))


def _ropes(
    brush: ImageDraw.ImageDraw, ropes: Tangle, palette: Sequence[Colour], chance: Random
) -> None:
    """Draw ropes, and at each meeting anew one of the two, which then lies above the other."""
    lines = [_enlarged([(x, PLATES + y) for x, y in line]) for line in ropes.lines]
    bands = [_bands(line, palette, chance) for line in lines]
    for rope in chance.sample(range(len(lines)), len(lines)):
        _strand(brush, lines[rope], bands[rope])
    for meeting in ropes.meetings:
        rope, (x, y) = chance.choice(meeting.ropes), meeting.at
        line, middle = lines[rope], (x * _BIG, (PLATES + y) * _BIG)
        near = [n for n, point in enumerate(line) if math.dist(point, middle) < UPPER * _BIG]
        part = slice(near[0], near[-1] + 1)
        brush.line(line[part][1:-1], fill=DARK, width=round(CLEARANCE * _BIG), joint="curve")
        _strand(brush, line[part], bands[rope][part])


def _enlarged(line: Sequence[Point]) -> list[Point]:
    return [(x * _BIG, y * _BIG) for x, y in line]


def _bands(line: Sequence[Point], palette: Sequence[Colour], chance: Random) -> list[Colour]:
    """Choose a colour for each point of a line, the same for some of them in a row."""
    bands, left = [chance.choice(palette)], chance.uniform(*BAND)
    for before, point in pairwise(line):
        left -= math.dist(before, point) / _BIG
        if left <= 0:
            left = chance.uniform(*BAND)
            bands.append(chance.choice([one for one in palette if one != bands[-1]]))
        else:
            bands.append(bands[-1])
    return bands


def _strand(brush: ImageDraw.ImageDraw, line: Sequence[Point], bands: Sequence[Colour]) -> None:
    """Draw a rope as a round thing: a dark outline, colours, and light along its middle."""
    brush.line(line, fill=DARK, width=round(OUTLINE * _BIG), joint="curve")
    for first, last in _runs(bands):
        part, shade = line[max(0, first - 1) : last + 1], bands[first]
        light = tuple((2 * value + 3 * 255) // 5 for value in shade)
        brush.line(part, fill=shade, width=round(BODY * _BIG), joint="curve")
        brush.line(part, fill=light, width=round(SHINE * _BIG))


def _runs(bands: Sequence[Colour]) -> Iterator[tuple[int, int]]:
    """Give where each colour begins and ends."""
    starts = [n for n, one in enumerate(bands) if n == 0 or one != bands[n - 1]]
    return pairwise([*starts, len(bands)])


def _plug(brush: ImageDraw.ImageDraw, at: Point) -> None:
    corners = [(side + off) * _BIG for off in (-6.5, 6.5) for side in at]
    brush.ellipse(corners, fill=PALE, outline=DARK, width=2 * _BIG)


def _finished(canvas: Image.Image, hanging: bool) -> Image.Image:
    drawn = canvas if hanging else ImageOps.flip(canvas)
    return drawn.resize((canvas.width // _BIG, canvas.height // _BIG), Image.Resampling.BOX)


def _plate(picture: Image.Image, at: Point, letter: str, size: int) -> None:
    brush, (x, y) = ImageDraw.Draw(picture), at
    corners = (x - size * 0.6, y - size * 0.5, x + size * 0.6, y + size * 0.5)
    brush.rounded_rectangle(corners, size // 4, fill=PALE, outline=DARK)
    font = ImageFont.load_default(size)
    brush.text(at, letter, fill=DARK, font=font, anchor="mm")


def _mark(picture: Image.Image, x: int, y: int) -> None:
    """Mark a place: a pale frame as large as the piece, within a dark one."""
    brush = ImageDraw.Draw(picture)
    brush.rectangle((x - 1, y - 1, x + PIECE, y + PIECE), outline=DARK)
    brush.rectangle((x, y, x + PIECE - 1, y + PIECE - 1), outline=PALE)


def _piece(letter: str, hanging: bool, chance: Random) -> Image.Image:
    """Draw the end of a rope with its letter, in colours that tell nothing of the picture's."""
    palette = _palette(chance)
    canvas = _mosaic((PIECE, PIECE), palette, chance)
    line = _enlarged(tangle.curve([(PIECE / 2, -4), (PIECE / 2, PIECE / 2)]))
    _strand(ImageDraw.Draw(canvas), line, _bands(line, palette, chance))
    piece = _finished(canvas, hanging)
    _plate(piece, (PIECE / 2, PIECE / 2 + (5 if hanging else -5)), letter, 32)
    return piece
