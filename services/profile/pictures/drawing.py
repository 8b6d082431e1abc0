"""Drawing an upload anew: only its pixels pass, and no more of them than are needed.

Whatever else a file carries (places, names, comments, profiles, a second file behind the picture)
has no way into the result.
"""

import io
import re
import warnings
from dataclasses import dataclass

from PIL import (  # each format's module must be loaded before threads look for it
    ExifTags,
    GifImagePlugin,
    Image,
    ImageFilter,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from shared.contracts import pictures

MAX_PIXELS = 40_000_000
"""Largest picture that is decoded: 160 MB at four bytes a pixel."""

SIDE_MOST = 65_535
"""Longest side of one: all that JPEG has room for. Each row costs memory of its own, so that a PNG
of 40 million rows of one pixel took 800 MB."""

SCANS_MOST = 50
"""Times that a JPEG may go over its pixels. Encoders do so some ten times, one of print colours
eighteen; each costs up to 30 ms, and 5 MiB have room for three hundred thousand."""

JPEG_QUALITY = 85

FORMATS = tuple(
    plugin.format
    for plugin in (
        PngImagePlugin.PngImageFile,
        JpegImagePlugin.JpegImageFile,
        GifImagePlugin.GifImageFile,
        WebPImagePlugin.WebPImageFile,
    )
)
"""What is accepted, by the first bytes of the content."""

_SCALES_WELL = frozenset(("L", "RGB", "RGBA", "CMYK"))
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation, and what undoes it."""

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_ARITHMETIC = frozenset((0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF))
_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
"""Markers of JPEG, but for those within the data of a scan and such as have no length."""

# Pillow's own guard, for sizes that only show while decoding (a frame larger than its canvas).
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Drawn:
    """A picture as it will be kept; `drawn_from` is the type that was uploaded."""

    content: bytes
    media_type: str
    width: int
    height: int
    drawn_from: str


@dataclass(frozen=True)
class Look:
    """How a kept picture is to be shown: bounds in pixels, a blur, a quality of JPEG."""

    width: int | None = None
    height: int | None = None
    blur: int = 0
    quality: int | None = None

    def changes(self, width: int, height: int) -> bool:
        """Tell whether a picture of this size looks different so."""
        smaller = (self.width or width) < width or (self.height or height) < height
        return smaller or self.blur > 0 or self.quality is not None


def redraw(content: bytes, media_type: str | None = None) -> Drawn:
    """Decode an upload and encode it anew: a second of CPU as a rule, some at worst.

    It becomes what is given, or else PNG if it can be seen through and JPEG if not. Refuses what is
    no whole PNG, JPEG, GIF or WebP, and too many pixels before decoding them.
    """
    try:
        _verify(content)
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            # MPO is a JPEG behind which phones put another one, such as its brightness.
            drawn_from = Image.MIME["JPEG" if image.format == "MPO" else image.format or ""]
            orientation = _orientation(image)
            scaled = _scaled(image)
        if orientation in _UPRIGHT:
            scaled = scaled.transpose(_UPRIGHT[orientation])
        return Drawn(*_encoded(scaled, media_type), *scaled.size, drawn_from)
    except (pictures.PictureTooLarge, pictures.UnusablePicture):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise pictures.PictureTooLarge(pixels_limit=MAX_PIXELS) from None
    except Exception as error:  # a decoder that is fed with hostile bytes may raise anything
        raise pictures.UnusablePicture(error=type(error).__name__) from error


def show(content: bytes, look: Look) -> bytes:
    """Draw a picture of ours as it is to be shown, in the type it has; it is never enlarged."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        media_type = Image.MIME[image.format or ""]
        image.thumbnail(
            (look.width or image.width, look.height or image.height), Image.Resampling.LANCZOS
        )
        shown = image.filter(ImageFilter.GaussianBlur(look.blur)) if look.blur else image
        return _encoded(shown, media_type, look.quality or JPEG_QUALITY)[0]


def _verify(content: bytes) -> None:
    """Read the header and, where the format has them, the checksums."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS or max(image.size) > SIDE_MOST:
            raise pictures.PictureTooLarge(
                pixels=image.width * image.height, pixels_limit=MAX_PIXELS, side_limit=SIDE_MOST
            )
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            _check_scans(content)
        image.verify()


def _check_scans(jpeg: bytes) -> None:
    """Refuse a JPEG that costs far more than its pixels, and what only the decoder here shows.

    With arithmetic coding, which no browser knows, a scan costs ten times as much.
    """
    scans, at = 0, 2
    while (found := _MARKER.search(jpeg, at)) and found[1][0] != _EOI:
        kind, at = found[1][0], found.end()
        if kind == _SOI:
            continue
        scans += kind == _SOS
        if scans > SCANS_MOST or kind in _ARITHMETIC:
            raise pictures.UnusablePicture(scans_limit=SCANS_MOST)
        at += max(2, int.from_bytes(jpeg[at : at + 2]))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # broken metadata do not make a picture unusable
        return 1


def _scaled(image: Image.Image) -> Image.Image:
    """Decode, at once in a smaller size where the format allows, and fit into the square."""
    if image.mode.startswith("I;16"):
        image = _in_eight_bits(image)
    if "transparency" in image.info or image.mode in ("LA", "PA"):
        image = image.convert("RGBA")
    elif image.mode not in _SCALES_WELL:
        image = image.convert("RGB")
    image.thumbnail((pictures.LONGEST_EDGE, pictures.LONGEST_EDGE), Image.Resampling.LANCZOS)
    image.load()
    return image


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Make a grey picture of 16 bits one of eight, and of the one shade that is clear as well."""
    clear = image.info.pop("transparency", None)
    grey = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if clear is not None:
        grey.info["transparency"] = clear // 257
    return grey


def _encoded(
    image: Image.Image, media_type: str | None, quality: int = JPEG_QUALITY
) -> tuple[bytes, str]:
    """Paint onto an empty canvas, which has no metadata to be written, and encode that."""
    see_through = image.mode == "RGBA" and image.getchannel("A").getextrema() != (255, 255)
    media_type = media_type or ("image/png" if see_through else "image/jpeg")
    as_png = media_type == "image/png"
    canvas = Image.new("RGBA" if as_png and see_through else "RGB", image.size)
    canvas.paste(image.convert(canvas.mode))
    out = io.BytesIO()
    if as_png:
        canvas.save(out, "PNG")
    else:
        canvas.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue(), media_type
