"""Pictures to upload."""

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image, PngImagePlugin


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    """Write a picture in a format."""
    out = io.BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


def png(width: int = 4, height: int = 3, color: str = "red") -> bytes:
    """Draw a small whole picture."""
    return encoded(Image.new("RGB", (width, height), color), "PNG")


def png_of_size(size: int) -> bytes:
    """Draw a picture of exactly so many bytes, most of them in a chunk that nobody reads."""
    image, bare = Image.new("RGB", (4, 3)), len(png(color="black"))
    chunk = PngImagePlugin.PngInfo()
    chunk.add(b"prVt", bytes(size - bare - 12))
    return encoded(image, "PNG", pnginfo=chunk)


def noise(width: int, height: int) -> Image.Image:
    """Draw grey noise, the same each time."""
    return Image.frombytes("L", (width, height), random.Random(1).randbytes(width * height))


def png_header(width: int, height: int) -> bytes:
    """Write the beginning of a PNG that claims to be so large."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\x00\x00\x10\x00IDAT"


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    """Give the bands of one pixel."""
    value = image.getpixel((x, y))
    assert isinstance(value, tuple)
    return value


def opened(content: bytes) -> Image.Image:
    """Read a picture whole."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
