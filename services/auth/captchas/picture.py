"""Drawing a picture captcha."""

import secrets
from io import BytesIO

from captcha.image import ImageCaptcha

CHARACTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without those that look alike: 0 O, 1 I."""

LENGTH = 4
"""Characters per picture, as sealtalk's later servers show."""

WIDTH, HEIGHT = 160, 60

_painter = ImageCaptcha(width=WIDTH, height=HEIGHT)


def draw() -> tuple[str, bytes]:
    """Give what is to be read, and the picture as PNG; costs some milliseconds of CPU."""
    text = "".join(secrets.choice(CHARACTERS) for _ in range(LENGTH))
    out = BytesIO()
    _painter.generate_image(text).save(out, format="PNG", optimize=False)
    return text, out.getvalue()


def reading(text: str) -> str:
    """Give the form in which answers are compared: case and blanks do not matter."""
    return "".join(text.split()).upper()
