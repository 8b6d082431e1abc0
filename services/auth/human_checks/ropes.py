"""Drawing ropes that lead from lettered plates to places, one of them the piece's.

A person follows the rope from the letter that the piece shows. A script finds four places that are
drawn alike; nothing of the piece is in them or around them, and where ropes meet only their edges
tell which goes on where (see `tangle`).
"""

from random import Random, SystemRandom

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

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
    noise,
)
from services.auth.human_checks.tangle import Point, Tangle

APART, FROM_EDGE = 8, 3
"""Least pixels between two places, and most by which their row is off the end of its range."""

LETTERS = "ABCDEFGHJKLMNPRSTUVXYZ"
"""On plates; none that looks like another or like a digit."""

PLATES = 20
"""Pixels between the edge of the picture and the ropes, where the plates are."""

ROPE, CORE = 8.4, 4.6
"""Pixels that a rope is wide, with its dark edges and without."""

SCRATCHES, BLOTCHES, GRAIN = 130, 0.5, 16
"""What edges and brightness are hidden in: strokes, spots of a few pixels, single pixels."""

DARK, PALE, LINE = 0, 205, 225
_BIG = 3
"""Ropes are drawn so many times larger, so that their edges are smooth."""


def draw() -> Drawn:
    """Draw a puzzle; costs some twenty milliseconds of CPU."""
    chance = SystemRandom()
    hanging = chance.random() < 0.5
    row = chance.randint(0, FROM_EDGE)
    y = Y_RANGE[1] - row if hanging else Y_RANGE[0] + row
    places = _places(chance)
    begin, end = chance.randrange(tangle.ROPES), chance.randrange(tangle.ROPES)
    letters = chance.sample(LETTERS, tangle.ROPES)
    tops = [X_RANGE[0] + 72 * slot + chance.uniform(0, 40) for slot in range(tangle.ROPES)]
    bottoms = [place + PIECE / 2 + chance.uniform(-8, 8) for place in places]
    height = (y if hanging else HEIGHT - y - PIECE) - PLATES
    ropes = tangle.tie(tops, bottoms, height, tangle.toss(begin, end, chance), chance)

    canvas = Image.new("L", (WIDTH * _BIG, HEIGHT * _BIG), chance.randint(70, 100))
    _ropes(canvas, ropes, chance)
    _scratch(canvas, height + PLATES, chance)
    picture = _coloured(canvas if hanging else ImageOps.flip(canvas), chance)
    for x, letter in zip(tops, letters, strict=True):
        _plate(picture, (x, 11 if hanging else HEIGHT - 11), letter, 18)
    for place in places:
        _mark(picture, place, y, chance)
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


def _ropes(canvas: Image.Image, ropes: Tangle, chance: Random) -> None:
    """Draw ropes, and at each meeting anew one of the two, which then lies above the other."""
    brush = ImageDraw.Draw(canvas)
    lines = [_enlarged(line) for line in ropes.lines]
    for line in chance.sample(lines, len(lines)):
        _rope(brush, line, line)
    for meeting in ropes.meetings:
        x, y = _enlarged([meeting.at])[0]
        line = lines[chance.choice(meeting.ropes)]
        near = [n for n, (u, v) in enumerate(line) if abs(u - x) + abs(v - y) < 11 * _BIG]
        first, last = near[0], near[-1] + 1
        # The core reaches further than the edges, so that no edge is drawn across the rope.
        _rope(brush, line[first:last], line[max(0, first - 2) : last + 2])


def _enlarged(line: list[Point]) -> list[Point]:
    return [(x * _BIG, (PLATES + y) * _BIG) for x, y in line]


def _rope(brush: ImageDraw.ImageDraw, edges: list[Point], core: list[Point]) -> None:
    brush.line(edges, fill=DARK, width=round(ROPE * _BIG), joint="curve")
    brush.line(core, fill=PALE, width=round(CORE * _BIG), joint="curve")


def _scratch(canvas: Image.Image, height: float, chance: Random) -> None:
    """Draw strokes as dark as edges or as pale as ropes, which break or join what a script sees."""
    brush = ImageDraw.Draw(canvas)
    for _ in range(SCRATCHES):
        x, y = chance.uniform(0, WIDTH), chance.uniform(PLATES, height)
        u, v = chance.uniform(-6, 6), chance.uniform(-6, 6)
        stroke = [(x - u) * _BIG, (y - v) * _BIG, (x + u) * _BIG, (y + v) * _BIG]
        shade = chance.choice((DARK, DARK, PALE))
        brush.line(stroke, fill=shade, width=round(chance.uniform(1, 1.6) * _BIG))


def _coloured(canvas: Image.Image, chance: Random) -> Image.Image:
    """Give a drawing its size, spots, and colours that change across it, whatever is drawn."""
    size = (canvas.width // _BIG, canvas.height // _BIG)
    spots = noise(size, 3, chance).point(lambda value: int(128 + (value - 128) * BLOTCHES))
    drawing = ImageChops.add(canvas.resize(size, Image.Resampling.BOX), spots, 1, -128)
    return Image.composite(
        _tinted(drawing, chance), _tinted(drawing, chance), noise(size, 40, chance)
    )


def _tinted(drawing: Image.Image, chance: Random) -> Image.Image:
    hue = chance.random()
    dark = colour(hue, 0.8, chance.uniform(0.15, 0.4))
    pale = colour(hue + chance.uniform(0.1, 0.5), 0.4, chance.uniform(0.75, 1))
    return ImageOps.colorize(drawing, dark, pale)


def _plate(picture: Image.Image, at: Point, letter: str, size: int) -> None:
    brush, (x, y) = ImageDraw.Draw(picture), at
    corners = (x - size * 0.6, y - size * 0.5, x + size * 0.6, y + size * 0.5)
    brush.rounded_rectangle(corners, size // 4, fill=(LINE,) * 3, outline=(40,) * 3)
    font = ImageFont.load_default(size)
    brush.text(at, letter, fill=(20,) * 3, font=font, anchor="mm")


def _mark(picture: Image.Image, x: int, y: int, chance: Random) -> None:
    """Mark a place: a dark square with a pale rim."""
    shade = chance.randint(40, 70)
    corners = (x, y, x + PIECE - 1, y + PIECE - 1)
    ImageDraw.Draw(picture).rectangle(corners, fill=(shade,) * 3, outline=(LINE,) * 3)


def _piece(letter: str, hanging: bool, chance: Random) -> Image.Image:
    """Draw the end of a rope with its letter, so that it can be seen whose end it is."""
    canvas = Image.new("L", (PIECE * _BIG, PIECE * _BIG), chance.randint(70, 100))
    middle, edge = PIECE * _BIG / 2, 0 if hanging else PIECE * _BIG
    rope = [(middle, middle), (middle, edge)]
    _rope(ImageDraw.Draw(canvas), rope, rope)
    piece = _coloured(canvas, chance)
    _plate(piece, (PIECE / 2, PIECE / 2), letter, 32)
    return piece
