"""What becomes of an upload: the pixels alone, upright, small, whatever it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from services.profile.pictures import drawing
from shared.contracts import pictures
from tests.services.profile.images import encoded, noise, opened, pixel, png, png_header

pytestmark = pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")
"""As the service has it; pytest sets warnings back before each test."""

SECRET = "taken-at-home"
ALLOWED_IN_PNG = {b"IHDR", b"IDAT", b"IEND"}


def chunks(content: bytes) -> set[bytes]:
    """Give the kinds of chunks that a PNG has."""
    kinds, at = set(), 8
    while at < len(content):
        length = int.from_bytes(content[at : at + 4])
        kinds.add(content[at + 4 : at + 8])
        at += 12 + length
    return kinds


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_opaque_pictures_become_jpeg(file_format):
    """Each accepted format is read, whatever it is called."""
    content = encoded(Image.new("RGB", (30, 20), (200, 10, 10)), file_format)

    drawn = drawing.redraw(content)

    image = opened(drawn.content)
    assert (drawn.media_type, image.format) == ("image/jpeg", "JPEG")
    assert (drawn.width, drawn.height) == image.size == (30, 20)
    assert all(abs(a - b) < 8 for a, b in zip(pixel(image, 9, 9), (200, 10, 10), strict=True))


@pytest.mark.parametrize(
    ("mode", "file_format"),
    [("RGBA", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("RGBA", "GIF"), ("RGBA", "WEBP")],
)
def test_what_can_be_seen_through_becomes_png(mode, file_format):
    """Transparency is kept, from an alpha channel as well as from a palette."""
    image = Image.new("RGBA", (30, 20), (0, 200, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 15, 20))

    drawn = drawing.redraw(encoded(image.convert(mode), file_format))

    result = opened(drawn.content)
    assert (drawn.media_type, result.format, result.mode) == ("image/png", "PNG", "RGBA")
    assert pixel(result, 2, 10)[3] == 0
    assert pixel(result, 28, 10)[3] == 255


def test_an_alpha_channel_that_hides_nothing_is_dropped():
    """A picture that is opaque everywhere becomes JPEG, as it is smaller."""
    content = encoded(Image.new("RGBA", (10, 10), (1, 2, 3, 255)), "PNG")

    assert drawing.redraw(content).media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1024, 1024), (1024, 1024)),
        ((1025, 1025), (1024, 1024)),
        ((2048, 512), (1024, 256)),
        ((300, 3000), (102, 1024)),
        ((20000, 1), (1024, 1)),
    ],
)
@pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
def test_pictures_fit_into_1024_pixels(size, expected, file_format):
    """Larger ones are scaled down in proportion, smaller ones stay as they are."""
    drawn = drawing.redraw(encoded(Image.new("RGB", size), file_format))

    assert (drawn.width, drawn.height) == opened(drawn.content).size == expected


def test_metadata_are_gone_from_a_photo():
    """No EXIF, GPS, comment, XMP, resolution or colour profile passes."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = SECRET
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    content = encoded(
        Image.new("RGB", (64, 48), "green"),
        "JPEG",
        exif=exif,
        comment=SECRET,
        dpi=(300, 300),
        xmp=SECRET.encode(),
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    )
    before = opened(content)
    assert before.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    assert {"comment", "icc_profile", "exif", "dpi", "xmp"} <= before.info.keys()

    after = drawing.redraw(content).content

    assert SECRET.encode() not in after
    assert not opened(after).getexif()
    assert not {"comment", "icc_profile", "exif", "dpi", "xmp"} & opened(after).info.keys()


def test_metadata_are_gone_from_a_drawing():
    """A PNG keeps its picture and nothing else: no text, no profile, no chunk of anybody's."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET)
    info.add_itxt("Author", SECRET, zip=True)
    info.add(b"prVt", SECRET.encode())
    image = Image.new("RGBA", (8, 8), (1, 2, 3, 4))
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = encoded(image, "PNG", pnginfo=info, icc_profile=icc, dpi=(72, 72))
    assert {b"tEXt", b"iTXt", b"prVt", b"iCCP", b"pHYs"} <= chunks(content)

    assert chunks(drawing.redraw(content).content) == ALLOWED_IN_PNG


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_upright(orientation):
    """However the camera was held, the red corner ends up top left, as a viewer shows it."""
    upright = Image.new("RGB", (80, 40), "white")
    upright.paste("red", (0, 0, 20, 20))
    undo = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    turn = undo.get(orientation) or drawing._UPRIGHT.get(orientation)
    as_taken = upright.transpose(turn) if turn is not None else upright
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation

    result = opened(drawing.redraw(encoded(as_taken, "JPEG", exif=exif, quality=95)).content)

    assert result.size == (80, 40)
    red, green = pixel(result, 8, 8)[:2]
    assert red > 200
    assert green < 60
    assert min(pixel(result, 70, 30)) > 200


@pytest.mark.parametrize("exif", [b"Exif\x00\x00garbage", b"Exif\x00\x00MM\x00*\xff\xff\xff\xff"])
def test_broken_metadata_do_not_matter(exif):
    """A photo whose EXIF block is nonsense is still a photo."""
    content = encoded(Image.new("RGB", (8, 8)), "JPEG", exif=exif)

    assert drawing.redraw(content).width == 8


@pytest.mark.parametrize(
    ("mode", "file_format"),
    [("1", "PNG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("P", "PNG"), ("P", "GIF"), ("I;16", "PNG")],
)
def test_other_kinds_of_pixels_are_understood(mode, file_format):
    """Black and white, grey, print colours, palettes and 16 bits all become RGB."""
    if mode == "I;16":
        image = Image.frombytes("I;16", (16, 16), b"\x00\x80" * 256)
    else:
        image = Image.new("L", (16, 16), 128).convert(mode)

    result = opened(drawing.redraw(encoded(image, file_format)).content)

    assert result.mode == "RGB"
    mean = result.resize((1, 1), Image.Resampling.BOX)
    assert all(110 < band < 146 for band in pixel(mean, 0, 0))


def test_grey_of_16_bits_with_a_clear_shade_is_seen_through():
    """The shade that is clear stays so, and every other one what it is."""
    left, right = b"\x00\x40" * 8, b"\x00\xc0" * 8
    image = Image.frombytes("I;16", (16, 16), (left + right) * 16)

    result = opened(drawing.redraw(encoded(image, "PNG", transparency=0x4000)).content)

    assert result.mode == "RGBA"
    assert pixel(result, 2, 8)[3] == 0
    assert pixel(result, 13, 8)[3] == 255
    assert 185 < pixel(result, 13, 8)[0] < 197


def test_an_animation_becomes_its_first_frame():
    """The first picture stays, the others are dropped."""
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue", "green")]
    for file_format in ("GIF", "WEBP", "PNG"):
        content = encoded(frames[0], file_format, save_all=True, append_images=frames[1:])

        result = opened(drawing.redraw(content).content)

        assert getattr(result, "n_frames", 1) == 1
        assert pixel(result, 4, 4)[0] > 200


def test_what_hides_behind_a_picture_does_not_pass():
    """A file that is a picture and something else at once comes out as a picture alone."""
    payload = b"<script>alert(1)</script>PK\x03\x04"
    for file_format in ("PNG", "JPEG", "GIF", "WEBP"):
        content = encoded(Image.new("RGB", (8, 8)), file_format) + payload

        assert payload[:25] not in drawing.redraw(content).content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
        b"RIFF\x04\x00\x00\x00WEBP",
        encoded(Image.new("RGB", (8, 8)), "BMP"),
        encoded(Image.new("RGB", (8, 8)), "TIFF"),
        encoded(Image.new("RGB", (8, 8)), "ICO"),
        encoded(Image.new("RGB", (8, 8)), "PPM"),
        png_header(8, 8),
    ],
)
def test_what_is_no_picture_of_ours_is_refused(content):
    """Other content is refused by what it is, not by its name."""
    with pytest.raises(pictures.UnusablePicture):
        drawing.redraw(content)


def with_scans(number):
    """Write a JPEG that goes over its pixels so many times, the last ones for nothing."""
    content = encoded(Image.new("RGB", (64, 48), "green"), "JPEG", progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * (number - content.count(b"\xff\xda")) + content[-2:]


def test_a_jpeg_goes_over_its_pixels_50_times_at_most():
    """A scan costs some bytes there and milliseconds here: a small file could take hours."""
    assert drawing.redraw(with_scans(50)).width == 64

    with pytest.raises(pictures.UnusablePicture):
        drawing.redraw(with_scans(51))


def test_what_looks_like_a_scan_is_none():
    """Neither a preview in a photo nor what a phone puts behind it counts."""
    comment, behind = b"\xff\xda" * 100, with_scans(50) * 2
    content = encoded(Image.new("RGB", (64, 48)), "JPEG", comment=comment)

    assert drawing.redraw(content + behind).width == 64


def test_a_jpeg_that_no_browser_shows_is_refused():
    """With arithmetic coding a scan costs ten times as much, and no camera writes it."""
    content = encoded(Image.new("RGB", (64, 48)), "JPEG").replace(b"\xff\xc0", b"\xff\xc9")

    with pytest.raises(pictures.UnusablePicture):
        drawing.redraw(content)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_truncated_picture_is_refused(file_format, part):
    """An upload that broke off is not shown half grey."""
    content = encoded(noise(200, 200).convert("RGB"), file_format)

    with pytest.raises(pictures.UnusablePicture):
        drawing.redraw(content[: int(len(content) * part)])


def test_a_corrupt_drawing_is_refused():
    """A PNG whose checksum does not fit is refused even where it could be decoded."""
    content = bytearray(encoded(noise(64, 64), "PNG"))
    content[-20] ^= 1

    with pytest.raises(pictures.UnusablePicture):
        drawing.redraw(bytes(content))


def test_40_million_pixels_are_the_limit():
    """The last size that is accepted, and the first that is not."""
    most = drawing.redraw(encoded(Image.new("1", (8000, 5000)), "PNG"))
    assert (most.width, most.height) == (1024, 640)

    for size in ((8000, 5001), (1, 40_000_001)):
        with pytest.raises(pictures.PictureTooLarge):
            drawing.redraw(encoded(Image.new("1", size), "PNG"))


def test_a_side_of_65535_pixels_is_the_limit():
    """The longest that is accepted, and the first that is not: each row costs memory of its own."""
    assert drawing.redraw(encoded(Image.new("1", (1, 65_535)), "PNG")).height == 1024

    for size in ((1, 65_536), (65_536, 1)):
        with pytest.raises(pictures.PictureTooLarge):
            drawing.redraw(encoded(Image.new("1", size), "PNG"))


@pytest.mark.parametrize("size", [(8000, 5001), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels_are_refused_by_the_header(size):
    """No pixel has to be there for the refusal, so none is decoded."""
    with pytest.raises(pictures.PictureTooLarge):
        drawing.redraw(png_header(*size))


WHOLE = [
    encoded(noise(24, 24).convert("RGB" if file_format == "JPEG" else "P"), file_format)
    for file_format in ("PNG", "JPEG", "GIF", "WEBP")
]


@settings(max_examples=300)
@given(st.sampled_from(WHOLE), st.binary(max_size=200), st.floats(0, 1), st.booleans())
def test_no_bytes_are_an_internal_error(whole, hostile, part, goes_on):
    """Whatever is uploaded is drawn or refused."""
    at = int(part * len(whole))
    content = whole[:at] + hostile + (whole[at + len(hostile) :] if goes_on else b"")

    try:
        drawn = drawing.redraw(content)
    except (pictures.UnusablePicture, pictures.PictureTooLarge):
        return

    assert opened(drawn.content).size == (drawn.width, drawn.height)
    assert max(drawn.width, drawn.height) <= 1024


def test_a_small_picture_is_drawn_whole():
    """One pixel is a picture."""
    assert drawing.redraw(png(1, 1)).width == 1
