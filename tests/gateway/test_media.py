"""Our own media endpoint: how pictures are shown and named."""

import asyncio

import pytest

from gateway import media
from gateway.errors import BadRequest
from tests.services.profile.images import opened, png


@pytest.fixture
async def stored(people):
    """A picture that somebody uploaded, and them."""
    ann = await people.one()
    token = (await ann.get("/user/get_image_token")).json()["result"]["token"]
    reply = await ann.http.post("/media", data={"token": token}, files={"file": png(40, 30)})
    return ann, reply.json()


async def test_a_picture_is_shown_in_the_size_that_was_asked_for(stored):
    """A rule makes it smaller; what is no rule is refused; both may be cached for good."""
    ann, picture = stored
    path = f"/media/{picture['key']}"

    small = await ann.get(path, rule="w_20,h_100,b_0,q_90")
    assert opened(small.content).size == (20, 15)
    assert small.headers["cache-control"].startswith("public")
    assert (await ann.get(path, rule="w_20,w_30")).status_code == 400
    assert (await ann.get(path, rule="w_9999")).content == (await ann.get(path)).content


async def test_a_picture_in_a_cache_is_not_for_every_page(stored):
    """A cache keeps apart what an <img> got and what a page of an allowed origin may read."""
    ann, picture = stored
    for origin in ({}, {"origin": "https://web.example.com"}, {"origin": "https://evil.example"}):
        for path in (f"/media/{picture['key']}", f"/api/image/{picture['key']}"):
            reply = await ann.http.get(path, headers=origin)
            assert reply.headers.get_list("vary") == ["Origin"]


async def test_a_page_of_views_is_drawn_at_once(stored):
    """Thirty sizes that nobody saw before are all there, though two are drawn at a time."""
    ann, picture = stored
    path = f"/media/{picture['key']}"

    replies = await asyncio.gather(*(ann.get(path, rule=f"w_{n}") for n in range(1, 31)))

    assert [opened(reply.content).width for reply in replies] == list(range(1, 31))


async def test_a_key_that_is_none_is_not_found(people):
    """Whatever is asked for below /media is a picture or nothing."""
    ann = people.stranger()
    for key in ("x", f"{'0' * 64}.jpg", "a.b.c", "%2e%2e"):
        assert (await ann.get(f"/media/{key}")).status_code == 404


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("", {}),
        ("w_0,h_0,b_0,q_0", {}),
        ("q_90,w_200", {"quality": 90, "width": 200}),
        ("w_1025,b_101", {"width": 1024, "blur": 100}),
    ],
)
def test_rules_are_read(rule, wanted):
    """Any order, any part; zeros ask for nothing and large numbers for the most."""
    assert media.look(rule) == wanted


@pytest.mark.parametrize(
    "rule", ["w", "w_", "w_-1", "x_1", "w_1;h_1", "w_12345", "w_1,w_1", "w_１"]
)
def test_what_is_no_rule_is_refused(rule):
    """Nothing is guessed."""
    with pytest.raises(BadRequest):
        media.look(rule)


@pytest.mark.parametrize(
    "head",
    [
        'name="file"; filename="a"\r\nContent-Type: text/plain; charset=none',
        'name="token"\r\nContent-Type: text/plain; charset=none',
        'name="token"\r\nContent-Type: text/plain; charset=utf-16',
        'name="token"\r\n\r\n\r\n--x\r\n',
    ],
)
async def test_forms_that_cannot_be_read(http, head):
    """A form that makes no sense is the client's mistake."""
    body = f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\nabc\r\n--x--\r\n".encode()
    headers = {"content-type": "multipart/form-data; boundary=x"}

    reply = await http.post("/media", content=body, headers=headers)

    assert reply.status_code == 400
    assert reply.json()["error"].startswith("gateway.")


async def test_a_form_without_files_is_not_read(http):
    """Half a million fields would hold up everybody else while they are read."""
    kind = {"content-type": "application/x-www-form-urlencoded"}

    reply = await http.post("/media", content=b"token=t&file=f&" + b"a=1&" * 1000, headers=kind)

    assert (reply.status_code, reply.json()["error"]) == (400, "gateway.no_upload")
