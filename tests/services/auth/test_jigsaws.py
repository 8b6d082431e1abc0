"""Jigsaws: as clients lay them out, seen by a person, and not by a simple script."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from services.auth.human_checks import drawing, jigsaw
from shared.contracts import human_checks


def test_a_puzzle_is_as_clients_expect():
    """Sizes, kind and place of the pictures are those of the page."""
    drawn = jigsaw.draw()
    background, piece = (Image.open(BytesIO(one)) for one in (drawn.background, drawn.piece))

    assert (background.format, background.size) == ("JPEG", human_checks.BACKGROUND)
    assert (piece.format, piece.size) == ("JPEG", (human_checks.PIECE,) * 2)
    assert drawing.X_RANGE[0] <= drawn.x <= drawing.X_RANGE[1]
    assert drawing.Y_RANGE[0] <= drawn.y <= drawing.Y_RANGE[1]


def darkest(drawn: drawing.Drawn) -> int:
    """Where a script that looks for the mark finds it: the darkest square of the row."""
    picture = Image.open(BytesIO(drawn.background)).convert("L")
    return min(range(0, 260, 2), key=lambda x: ImageStat.Stat(crop(picture, x, drawn.y)).sum[0])


def likest(drawn: drawing.Drawn) -> int:
    """Where a script that compares the piece finds it: the square that differs least from it."""
    picture = Image.open(BytesIO(drawn.background)).convert("L")
    piece = Image.open(BytesIO(drawn.piece)).convert("L")

    def difference(x: int) -> float:
        return ImageStat.Stat(ImageChops.difference(crop(picture, x, drawn.y), piece)).rms[0]

    return min(range(0, 260, 2), key=difference)


def crop(picture: Image.Image, x: int, y: int) -> Image.Image:
    return picture.crop((x, y, x + human_checks.PIECE, y + human_checks.PIECE))


def test_a_person_sees_where_pieces_go():
    """The place of the piece is a dark square with a pale rim, which no eye misses."""
    for drawn in [jigsaw.draw() for _ in range(8)]:
        square = crop(Image.open(BytesIO(drawn.background)).convert("L"), drawn.x, drawn.y)
        inner = square.crop((4, 4, human_checks.PIECE - 4, human_checks.PIECE - 4))
        rim = square.crop((0, 4, 1, human_checks.PIECE - 4))

        assert ImageStat.Stat(inner).mean[0] < 90
        assert ImageStat.Stat(rim).mean[0] > 150


@pytest.mark.parametrize("script", [darkest, likest])
def test_a_simple_script_is_wrong_most_times(script):
    """Neither the mark nor a comparison gives the place away."""
    drawn = [jigsaw.draw() for _ in range(24)]

    found = sum(abs(script(one) - one.x) <= human_checks.TOLERANCE for one in drawn)

    assert found <= 16
