"""Pictures that are announced before they come, and pictures of one's own, over the bus."""

import asyncio
import hashlib
from datetime import timedelta

import pytest
from PIL import Image

from services.profile.pictures.store import PictureStore
from shared import errors
from shared.clock import now
from shared.contracts import pictures
from shared.contracts.pictures import Channel, Picture
from tests.services.profile.images import encoded, opened, png

PNG = png(40, 30)
JPEG = encoded(Image.new("RGB", (8, 8), "blue"), "JPEG")


@pytest.fixture
def announce(asking):
    """Announce a picture of a person."""

    async def ask(user_id, content=PNG, media_type="image/png", **values):
        values = {"md5": hashlib.md5(content).hexdigest().upper(), "size": len(content)} | values
        return await asking(pictures.announce_picture, user_id, media_type=media_type, **values)

    return ask


@pytest.fixture
def deliver(bus):
    """Upload what was announced."""

    async def ask(announced, content=PNG):
        message = pictures.StoreAnnounced(token=announced.token, content=content)
        return await bus.ask(pictures.store_announced, message, timeout=10)

    return ask


@pytest.fixture
def read(bus):
    """Read a picture."""

    async def ask(key, **values):
        return await bus.ask(pictures.read_picture, pictures.ReadPicture(key=key, **values))

    return ask


async def test_an_announced_picture_is_where_it_was_said_to_be(
    person, announce, deliver, read, bus, asking
):
    """Key, node, description and content agree, and it is the uploader's own."""
    announced = await announce(person)
    assert (await deliver(announced)).key == announced.key

    [described] = await bus.ask(
        pictures.describe_pictures, pictures.DescribePictures(keys=[announced.key])
    )
    day = described.created_at
    assert described.node == announced.node == f"public:{day:%Y/%m/%d}/{announced.key}"
    assert pictures.key_of_node(announced.node) == announced.key
    assert (described.width, described.height, described.media_type) == (40, 30, "image/png")
    assert opened((await read(announced.key)).content).format == "PNG"
    assert await asking(pictures.own_picture, person, key=announced.key) == described


async def test_a_photo_with_another_one_behind_it_is_a_jpeg(person, announce, deliver, read):
    """Many phones write two pictures into one file, which everybody calls a JPEG."""
    gain = Image.new("L", (8, 8))
    photo = encoded(Image.new("RGB", (40, 30), "blue"), "MPO", save_all=True, append_images=[gain])

    stored = await deliver(await announce(person, photo, "image/jpeg"), photo)

    assert (stored.width, stored.height, stored.media_type) == (40, 30, "image/jpeg")
    assert getattr(opened((await read(stored.key)).content), "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"size": len(PNG) + 1}, "size"),
        ({"md5": "0" * 32}, "md5"),
        ({"media_type": "image/jpeg"}, "media_type"),
    ],
)
async def test_another_picture_than_announced_is_refused(person, announce, deliver, change, field):
    """Size, digest and type are those that were announced, and nothing is kept otherwise."""
    announced = await announce(person, **change)

    with pytest.raises(pictures.NotAsAnnounced) as refusal:
        await deliver(announced)

    assert refusal.value.details == {"field": field}
    if field == "media_type":
        right = await announce(person, JPEG, "image/jpeg")
        assert (await deliver(right, JPEG)).media_type == "image/jpeg"


async def test_an_announcement_is_good_once(person, announce, deliver, ticket_for):
    """Of four uploads at once one is kept, of later ones none; a ticket is no announcement."""
    announced = await announce(person)
    results = await asyncio.gather(*(deliver(announced) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(result, Picture) for result in results) == 1
    assert sum(isinstance(result, pictures.BadTicket) for result in results) == 3

    with pytest.raises(pictures.BadTicket):
        await deliver(announced)
    ticket = pictures.StoreAnnounced(token=await ticket_for(person), content=PNG)
    with pytest.raises(pictures.BadTicket):
        await deliver(ticket)


async def test_what_was_removed_does_not_come_back(
    person, announce, deliver, administer, read, mongo
):
    """The announcement of a picture that an administrator removed is used up."""
    announced = await announce(person)
    stored = await deliver(announced)
    await administer(pictures.remove_picture, pictures.PictureByKey(key=announced.key))

    with pytest.raises(pictures.BadTicket):
        await deliver(announced)

    with pytest.raises(pictures.NoSuchPicture):
        await read(announced.key)
    with pytest.raises(pictures.BadTicket):  # nor one that was under way meanwhile
        await PictureStore(mongo("userhub_profile")).insert(person, stored)


async def test_what_is_announced_is_bounded(person, announce):
    """The largest upload can be announced, a byte more cannot."""
    assert (await announce(person, size=pictures.MOST_BYTES)).key
    with pytest.raises(pictures.PictureTooLarge):
        await announce(person, size=pictures.MOST_BYTES + 1)


async def test_ones_own_picture_of_the_last_minutes(person, asking, mongo):
    """It is one's own and fresh until the time is over; for anybody else it never is."""
    stored = await asking(pictures.add_picture, person, content=PNG)
    assert await asking(pictures.own_picture, person, key=stored.key, within=1200) == stored

    with pytest.raises(pictures.NotYourPicture):
        await asking(pictures.own_picture, person + 1, key=stored.key)
    older = {"$set": {"created_at": stored.created_at - timedelta(seconds=1201)}}
    await mongo("userhub_profile")["pictures"].update_one({"_id": stored.key}, older)
    with pytest.raises(pictures.NotYourPicture):
        await asking(pictures.own_picture, person, key=stored.key, within=1200)
    assert await asking(pictures.own_picture, person, key=stored.key)


async def test_one_uploads_as_oneself_only(person, bus, acting):
    """Without a ticket the signed caller is the owner, and nobody else can be named."""
    ask = pictures.AddPicture(user_id=person, content=PNG)
    with acting(person + 1), pytest.raises(errors.NotTheCaller):
        await bus.ask(pictures.add_picture, ask)


async def test_a_private_picture_is_nobodys_business(
    person, announce, deliver, read, bus, asking, tickets
):
    """Without its own pass, in time, it is not there: neither content nor description."""
    private = await deliver(await announce(person, channel=Channel.PRIVATE))
    other = await deliver(await announce(person, channel=Channel.PRIVATE))
    good, _ = tickets.admit(private.key, 60)
    late, _ = tickets.admit(private.key, 60, now=now().timestamp() - 61)
    foreign, _ = tickets.admit(other.key, 60)

    for pass_ in ("", "x", late, foreign):
        with pytest.raises(pictures.NoSuchPicture):
            await read(private.key, pass_=pass_)
    shown = await read(private.key, pass_=good)
    assert (opened(shown.content).size, shown.channel) == ((40, 30), Channel.PRIVATE)
    asked = pictures.DescribePictures(keys=[private.key])
    assert await bus.ask(pictures.describe_pictures, asked) == []
    with pytest.raises(pictures.NotYourPicture):
        await asking(pictures.own_picture, person, key=private.key)


@pytest.mark.parametrize(
    ("look", "size"),
    [
        ({"width": 10}, (10, 8)),
        ({"width": 10, "height": 3}, (4, 3)),
        ({"width": 1000}, (40, 30)),
        ({"blur": 5, "quality": 10}, (40, 30)),
    ],
)
async def test_a_picture_is_shown_smaller(person, asking, read, look, size):
    """It keeps its proportions and its type, fits into what was asked for, and never grows."""
    stored = await asking(pictures.add_picture, person, content=PNG)

    for _ in range(2):
        shown = await read(stored.key, **look)
        assert (opened(shown.content).size, shown.media_type) == (size, "image/jpeg")
