"""Uploading, keeping and reading pictures, over the bus."""

import asyncio
import re
import time

import msgspec
import pytest
from PIL import ExifTags, Image

from services.profile.pictures import rules, studio
from shared import errors
from shared.contracts import deletion, pictures
from shared.settings import Key
from tests.services.profile.images import encoded, noise, opened, png, png_header, png_of_size
from tests.windows import HOUR, in_one

MIB = 1024 * 1024
UNKNOWN = "0" * 32 + ".jpg"


@pytest.fixture
def read(bus):
    async def ask(key):
        return await bus.ask(pictures.read_picture, pictures.ReadPicture(key=key), timeout=10)

    return ask


@pytest.fixture
def media(suite):
    """The folder of the suite's pictures."""
    return suite.config.home / "media"


@pytest.fixture
def documents(mongo):
    return mongo("userhub_profile")["pictures"]


@pytest.fixture
def counted(mongo):
    """Have a person upload so often before, in an hour that does not end meanwhile."""

    async def count(user_id, uploads):
        await in_one(HOUR)
        hour = int(time.time() // rules.HOUR)
        document = {"_id": f"{user_id}:{hour}", "count": uploads}
        await mongo("userhub_profile")["uploads"].insert_one(document)

    return count


async def test_an_uploaded_picture_can_be_read(person, upload, read, media, documents):
    """The answer, the document, the object and what is read agree; the name is generated."""
    stored = await upload(person, png(40, 30))

    assert re.fullmatch(r"[0-9a-f]{64}\.jpg", stored.key)
    assert (stored.width, stored.height, stored.media_type) == (40, 30, "image/jpeg")
    found = await read(stored.key)
    assert found.media_type == "image/jpeg"
    assert len(found.content) == stored.size
    assert opened(found.content).size == (40, 30)
    assert (media / stored.key[:2] / stored.key).read_bytes() == found.content
    document = await documents.find_one({"_id": stored.key})
    kept = msgspec.structs.asdict(stored)
    assert document == {"_id": kept.pop("key"), "owner": person, **kept}


async def test_a_transparent_picture_is_served_as_png(person, upload, read):
    """The key's ending and the media type follow from what was drawn."""
    stored = await upload(person, encoded(Image.new("RGBA", (9, 9), (0, 0, 0, 99)), "WEBP"))

    assert stored.key.endswith(".png")
    assert (await read(stored.key)).media_type == stored.media_type == "image/png"


async def test_a_photo_does_not_tell_where_it_was_taken(person, upload, read):
    """GPS data are in what is uploaded, and in nothing that is kept."""
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    exif[ExifTags.Base.Orientation] = 6
    photo = encoded(Image.new("RGB", (3000, 2000), "blue"), "JPEG", exif=exif)
    assert opened(photo).getexif().get_ifd(ExifTags.IFD.GPSInfo)

    stored = await upload(person, photo)

    kept = (await read(stored.key)).content
    assert not opened(kept).getexif()
    assert b"Exif" not in kept
    assert (stored.width, stored.height) == (683, 1024)


async def test_the_largest_answer_fits_on_the_bus(person, upload, read):
    """A transparent picture that does not compress is the worst case of what is served."""
    noisy = noise(1024, 1024).convert("RGB")
    noisy = Image.merge("RGBA", (*noisy.split(), noise(1024, 1024)))

    stored = await upload(person, encoded(noisy, "PNG", compress_level=1))

    assert len((await read(stored.key)).content) == stored.size > MIB


async def test_5_mib_are_the_limit(person, upload):
    """The last size that is accepted, and the first that is not."""
    assert (await upload(person, png_of_size(5 * MIB))).width == 4

    with pytest.raises(pictures.PictureTooLarge) as refusal:
        await upload(person, png_of_size(5 * MIB + 1))

    assert refusal.value.details == {"bytes": 5 * MIB + 1, "limit": 5 * MIB}


async def test_40_million_pixels_are_the_limit(person, upload):
    """More are refused by the header, in no time."""
    stored = await upload(person, encoded(Image.new("1", (8000, 5000)), "PNG"))
    assert (stored.width, stored.height) == (1024, 640)

    with pytest.raises(pictures.PictureTooLarge):
        await upload(person, png_header(8000, 5001))


@pytest.mark.parametrize(
    "content",
    [b"", b"plain text", b"<svg/>", png()[:-20], encoded(Image.new("L", (8, 8)), "BMP")],
)
async def test_what_is_no_picture_is_refused(person, upload, documents, content):
    """Nothing is kept of it."""
    with pytest.raises(pictures.UnusablePicture):
        await upload(person, content)

    assert await documents.count_documents({"owner": person}) == 0


async def test_a_ticket_is_for_the_caller(bus, acting, person):
    """Nobody gets leave to upload in another's name; it lasts for an hour."""
    ask = pictures.IssueTicket(user_id=person)
    with acting(person + 1), pytest.raises(errors.NotTheCaller):
        await bus.ask(pictures.issue_ticket, ask)
    with pytest.raises(errors.NotTheCaller):
        await bus.ask(pictures.issue_ticket, ask)

    with acting(person):
        ticket = await bus.ask(pictures.issue_ticket, ask)

    assert 3500 < ticket.expires_at.timestamp() - time.time() <= 3600


async def test_a_bad_ticket_is_refused_before_the_picture(bus, person, tickets):
    """Forged, expired or cut: the content is not even looked at."""
    foreign = rules.Tickets(Key(bytes(range(32))))
    good = tickets.issue(person).token
    expired = tickets.issue(person, now=time.time() - rules.TICKET_LIFETIME).token
    for token in ("", "x", good[:-1], good + "A", foreign.issue(person).token, expired):
        ask = pictures.StorePicture(ticket=token, content=b"no picture")
        with pytest.raises(pictures.BadTicket):
            await bus.ask(pictures.store_picture, ask)

    ask = pictures.StorePicture(ticket=good, content=png())
    assert (await bus.ask(pictures.store_picture, ask)).width == 4


async def test_a_person_uploads_30_times_an_hour(person, upload, counted):
    """The thirtieth upload is taken, the next is told how long to wait; others go on."""
    await counted(person, 29)
    await upload(person, png())

    with pytest.raises(errors.LimitReached) as refusal:
        await upload(person, png())

    assert 0 < (refusal.value.retry_after or 0) <= 3600
    await upload(person + 2**34, png())


async def test_failed_uploads_count(person, upload, counted):
    """Trying what is no picture does not go on for ever either."""
    await counted(person, 29)
    with pytest.raises(pictures.UnusablePicture):
        await upload(person, b"no picture")

    with pytest.raises(errors.LimitReached):
        await upload(person, b"no picture")


async def test_uploads_at_once_share_the_limit(person, upload, counted, documents):
    """Requests at the same moment do not slip past the limit together."""
    await counted(person, 28)

    results = await asyncio.gather(
        *(upload(person, png()) for _ in range(6)), return_exceptions=True
    )

    assert sum(isinstance(result, pictures.Picture) for result in results) == 2
    assert sum(isinstance(result, errors.LimitReached) for result in results) == 4
    assert await documents.count_documents({"owner": person}) == 2


async def test_too_many_uploads_at_once_are_told_so(user_id, bus, tickets):
    """What cannot be drawn in time is refused as busy at once; the rest is kept."""
    picture = encoded(Image.new("L", (6000, 6000)), "PNG")  # few bytes, and long to draw
    asks = [
        pictures.StorePicture(ticket=tickets.issue(user_id + 2**35 + i).token, content=picture)
        for i in range(3 * studio.PLACES)
    ]

    results = await asyncio.gather(
        *(bus.ask(pictures.store_picture, ask, timeout=20) for ask in asks), return_exceptions=True
    )

    kinds = {type(result) for result in results}
    assert kinds == {pictures.Picture, errors.Busy}
    assert sum(isinstance(result, pictures.Picture) for result in results) >= studio.PLACES


@pytest.mark.parametrize("key", [UNKNOWN, "a.jpg", "0" * 32 + ".txt", "f" * 64 + ".png"])
async def test_an_unknown_picture_is_not_found(read, key):
    """Keys of other forms are answered like keys that are not there."""
    with pytest.raises(pictures.NoSuchPicture):
        await read(key)


@pytest.mark.parametrize("key", ["", "../secret.jpg", "/etc/passwd", "a" * 65 + ".jpg", "A.jpg"])
async def test_what_could_be_a_path_is_refused(read, key):
    """Nothing but letters, digits and one ending is a key."""
    with pytest.raises(errors.Malformed):
        await read(key)


async def test_a_leaving_person_takes_their_pictures_along(
    person, upload, read, tell, media, mongo, ticket_for, bus
):
    """Bytes, documents and counts are gone; a ticket from before is worth nothing any more."""
    mine = [await upload(person, png()) for _ in range(3)]
    other = await upload(person + 2**36, png())
    ticket = await ticket_for(person)

    await tell(deletion.UserDeleting(user_id=person))

    for picture in mine:
        with pytest.raises(pictures.NoSuchPicture):
            await read(picture.key)
    left = await asyncio.to_thread(lambda: {path.name for path in media.glob("??/*")})
    assert not left & {picture.key for picture in mine}
    db = mongo("userhub_profile")
    assert await db["pictures"].count_documents({"owner": person}) == 0
    assert await db["uploads"].count_documents({"_id": {"$regex": f"^{person}:"}}) == 0
    assert (await read(other.key)).content
    with pytest.raises(pictures.BadTicket):
        await bus.ask(pictures.store_picture, pictures.StorePicture(ticket=ticket, content=png()))


async def test_uploading_and_leaving_at_once_leaves_nothing(person, upload, tell, media, documents):
    """Whichever comes first, in the end neither a document nor an object is there."""

    def objects():
        return {path.name for path in media.glob("??/*")}

    before = await asyncio.to_thread(objects)

    results = await asyncio.gather(
        *(upload(person, png()) for _ in range(4)),
        tell(deletion.UserDeleting(user_id=person)),
        *(upload(person, png()) for _ in range(4)),
        return_exceptions=True,
    )

    allowed = pictures.Picture | pictures.BadTicket | errors.Busy | None
    assert all(isinstance(result, allowed) for result in results), results
    assert await documents.count_documents({"owner": person}) == 0
    assert await asyncio.to_thread(objects) == before


async def test_a_persons_pictures_are_found_by_an_index(documents, person, upload):
    """Erasing one person does not look at the pictures of all."""
    await upload(person, png())

    plan = await documents.find({"owner": person}).explain()

    assert plan["executionStats"]["totalDocsExamined"] == 1
    assert plan["executionStats"]["totalKeysExamined"] == 1
