"""What a script sees of a slider."""

from io import BytesIO

from PIL import Image, ImageStat

from shared.contracts import human_checks


def opened(jpeg: bytes) -> Image.Image:
    """Open a picture."""
    return Image.open(BytesIO(jpeg))


def places(background: bytes, y: int) -> list[int]:
    """Find the marks on a row: dark within and pale at both sides, from the left."""
    picture = opened(background).convert("L")
    low, high = y + 5, y + human_checks.PIECE - 5
    shades = [
        ImageStat.Stat(picture.crop((x, low, x + 1, high))).mean[0] for x in range(picture.width)
    ]
    last = human_checks.PIECE - 1
    return [
        x
        for x in range(picture.width - last)
        if shades[x] > 180 and shades[x + last] > 180 and max(shades[x + 4 : x + last - 3]) < 90
    ]
