"""Pictures going in and out (leaf reference 3.2 and 3.3)."""

import io

import pytest
from PIL import Image

from gateway.reading import FORM_BYTES
from shared.contracts.pictures import MOST_BYTES
from tests.gateway.leaf.viewers import data, refused


def drawn(kind: str) -> bytes:
    """Draw a picture of a kind; one of PNG can be seen through, so that it stays PNG."""
    file = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", (60, 40), "#00808080").save(file, kind)
    return file.getvalue()


@pytest.fixture(scope="module")
async def artist(viewers):
    """Somebody who uploads."""
    return await viewers.one()


@pytest.mark.parametrize(
    ("kind", "name"),
    [("PNG", "a.png"), ("PNG", "a.PNG"), ("JPEG", "a.jpg"), ("JPEG", "a.pngx"), ("PNG", "")],
)
async def test_w18_what_a_file_holds_counts(viewers, artist, kind, name) -> None:
    """W18: a picture is what can be drawn, whatever its file is called; everybody sees it."""
    reply = await artist.upload(drawn(kind), name or "x")

    url = data(reply)["url"]
    assert url.startswith("/api/image/")
    shown = await viewers.stranger().http.get(url)
    assert shown.status_code == 200
    assert shown.headers["content-type"] == f"image/{kind.lower()}"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert Image.open(io.BytesIO(shown.content)).size == (60, 40)


async def test_w18_what_is_no_picture(artist) -> None:
    """W18: what only has the name of a picture, or hides something in one, does not get in."""
    cut = drawn("PNG")[:-40]
    for content in (b"<script>alert(1)</script>", b"\x89PNG\r\n\x1a\n", cut, b" ", drawn("GIF")):
        refused(await artist.upload(content), 4020, "文件类型不符合要求")
    smuggled = drawn("PNG") + b"<?php system('id'); ?>"
    url = data(await artist.upload(smuggled))["url"]
    assert b"php" not in (await artist.http.get(url)).content


async def test_w18_sizes(artist) -> None:
    """W18: more than 5 MiB are 4020, whether the form is a little or far too large."""
    for more in (1, FORM_BYTES + 1, MOST_BYTES):
        reply = await artist.upload(b"x" * (MOST_BYTES + more))
        refused(reply, 4020, "文件大小不符合要求")
    refused(await artist.upload(b"x" * MOST_BYTES), 4020, "文件类型不符合要求")


async def test_w18_nothing_is_listed(viewers) -> None:
    """W18: where pictures are, there is no list of them."""
    for path in ("/api/image", "/api/image/", "/api/image/.", "/api/image/%2e%2e/"):
        assert (await viewers.stranger().http.get(path)).status_code == 404


def form(disposition: str, content: str = "y", more: str = "") -> bytes:
    """Write a form of one part by hand."""
    head = f"Content-Disposition: form-data; {disposition}\r\n{more}"
    return f"--x\r\n{head}\r\n{content}\r\n--x--\r\n".encode()


FORM = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (None, b""),
        ("application/json", b"{}"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=\xff", b"--x"),
        (FORM, b""),
        (FORM, b"--x\r\n\r\n"),
        (FORM, form('name="image"')),
        (FORM, form('name="file"; filename="a"')),
        (FORM, form('name="image"', more="Content-Type: text/plain; charset=none\r\n")),
    ],
)
async def test_forms_without_a_file(artist, kind, body) -> None:
    """A form that cannot be read, or has no file of this name, is 4030."""
    headers = {"authorization": artist.token}
    if kind:
        headers["content-type"] = kind.encode("latin-1")

    reply = await artist.http.post("/api/v1/upload/image", content=body, headers=headers)

    refused(reply, 4030, "文件上传失败")


async def test_a_picture_of_another_dialect(people, viewers, artist) -> None:
    """One person has one avatar: what sealtalk's `/media` keeps is an image here."""
    url = data(await artist.upload(drawn("PNG")))["url"]

    media = await viewers.stranger().http.get(url.replace("/api/image/", "/media/"))

    assert media.content == (await viewers.stranger().http.get(url)).content
