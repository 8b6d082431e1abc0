"""What a script sees of a slider."""

from io import BytesIO

from PIL import Image, ImageStat

from shared.contracts import human_checks


def opened(jpeg: bytes) -> Image.Image:
    """Open a picture."""
    return Image.open(BytesIO(jpeg))


def places(background: bytes, y: int) -> list[int]:
    """Find the frames on a row: pale at both sides, each between dark lines, from the left."""
    picture = opened(background).convert("L")
    low, high = y + 1, y + human_checks.PIECE - 1
    shades = [
        ImageStat.Stat(picture.crop((x, low, x + 1, high))).mean[0] for x in range(picture.width)
    ]
    last = human_checks.PIECE - 1

    def edge(pale: int, dark: int) -> bool:
        return shades[pale] > 180 and shades[dark] < 90

    return [
        x
        for x in range(1, picture.width - last - 1)
        if edge(x, x - 1) and edge(x + last, x + last + 1)
    ]
