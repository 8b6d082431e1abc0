"""Uploading pictures through the sealtalk dialect, as its clients do with Qiniu."""

import io

import pytest
from PIL import Image

from gateway.images import MOST_BYTES
from gateway.reading import FORM_BYTES
from tests.gateway.sealtalk import expect


def picture(width: int = 40, height: int = 30) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_getting_leave(people, suite, method) -> None:
    """Leave to upload names where to, where the picture will be, and a token."""
    tom = await people.one()

    result = expect.result(await tom.http.request(method, "/user/get_image_token"))

    assert list(result) == ["target", "domain", "token"]
    assert result["target"] == "local"
    assert f"http://{result['domain']}" == f"{suite.urls['gateway']}/media"
    assert result["token"]


async def test_a_new_portrait(people) -> None:
    """With the token a picture goes up, becomes the portrait, and anybody can see it."""
    tom = await people.one()
    leave = expect.result(await tom.get("/user/get_image_token"))
    client = people.stranger().http

    up = await client.post(
        "/media", data={"token": leave["token"]}, files={"file": ("me.png", picture(), "image/png")}
    )

    assert up.status_code == 200, up.text
    assert list(up.json()) == ["key", "hash", "url", "width", "height"]
    assert (up.json()["width"], up.json()["height"]) == (40, 30)
    uri = f"http://{leave['domain']}/{up.json()['key']}"
    assert up.json()["url"] == uri
    expect.done(await tom.post("/user/set_portrait_uri", {"portraitUri": uri}))
    assert expect.result(await tom.get(f"/user/{tom.id}"))["portraitUri"] == uri
    shown = await client.get(uri)
    assert shown.status_code == 200
    assert Image.open(io.BytesIO(shown.content)).size == (40, 30)
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]


async def test_uploads_that_are_refused(people) -> None:
    """No token, another one, no picture and too large a one are refused, each in JSON."""
    tom = await people.one()
    token = expect.result(await tom.get("/user/get_image_token"))["token"]
    altered = token[:-1] + ("A" if token[-1] != "A" else "B")
    forms = [
        ({"token": token}, {}, 400),
        ({}, {"file": ("a.png", picture())}, 400),
        ({"token": "x"}, {"file": ("a.png", picture())}, 401),
        ({"token": altered}, {"file": ("a.png", picture())}, 401),
        ({"token": token}, {"file": ("a.png", b"<svg/>", "image/png")}, 400),
        ({"token": token}, {"file": ("a.png", b"x" * (MOST_BYTES + 1))}, 400),
        ({"token": token}, {"file": ("a.png", b"x" * (MOST_BYTES + FORM_BYTES))}, 413),
    ]

    for fields, files, status in forms:
        reply = await tom.http.post("/media", data=fields, files=files or {"other": b"x"})
        assert reply.status_code == status, (fields.keys(), reply.text)
        assert list(reply.json()) == ["error", "message"]


@pytest.mark.parametrize(
    "key", ["x", "x.png", "..%2fsecrets.env", "%00", "A.PNG", "a" * 65 + ".png"]
)
async def test_pictures_that_are_not_there(people, key) -> None:
    """What is no key of a picture is told 404."""
    assert (await people.stranger().get(f"/media/{key}")).status_code == 404
