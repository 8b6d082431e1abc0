"""What a script sees of a slider."""

from io import BytesIO

from PIL import Image, ImageStat

from shared.contracts import human_checks


def opened(jpeg: bytes) -> Image.Image:
    """Open a picture."""
    return Image.open(BytesIO(jpeg))


def places(background: bytes, y: int) -> list[int]:
    """Find the frames on a row, from the left: pale on all four sides, each within a dark one.

    Two sides are not enough: between two frames that are as far apart as a frame is wide, their
    own sides and what is dark beside them look like one more.
    """
    picture = opened(background).convert("L")
    last = human_checks.PIECE - 1

    def shade(left: int, top: int, right: int, bottom: int) -> float:
        return ImageStat.Stat(picture.crop((left, top, right, bottom))).mean[0]

    def is_side(pale: float, dark: float) -> bool:
        return pale > 180 and dark < 90

    columns = [shade(x, y + 1, x + 1, y + last) for x in range(picture.width)]

    def is_row_between(x: int, pale: int, dark: int) -> bool:
        left, right = x + 1, x + last
        return is_side(shade(left, pale, right, pale + 1), shade(left, dark, right, dark + 1))

    return [
        x
        for x in range(1, picture.width - last - 1)
        if is_side(columns[x], columns[x - 1])
        and is_side(columns[x + last], columns[x + last + 1])
        and is_row_between(x, y, y - 1)
        and is_row_between(x, y + last, y + last + 1)
    ]
