"""Real-name verification, over the bus."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from services.profile.pictures.objects import LocalFolder
from services.profile.pictures.store import PictureStore
from services.profile.profiles.store import ProfileStore
from services.profile.verification.hiding import Hiding
from services.profile.verification.store import page_after
from shared import errors
from shared.contracts import deletion, pictures, profile, verification
from shared.contracts.accounts import Role
from shared.contracts.verification import OfPerson, OrgData, PersonData, State, Type
from shared.mongo import PyMongoError
from shared.outbox import Outbox
from tests.services.profile.images import opened, png
from tests.services.profile.plans import stages

PHONE = "18781993582"


@pytest.fixture
def data(upload):
    """What a person shows, with pictures that they uploaded."""

    async def make(user_id, **changes):
        front, rear = (await upload(user_id, png(8, 5))).key, (await upload(user_id, png())).key
        values = {"real_name": "张三", "number": "510904919901010100", "front": front, "rear": rear}
        return PersonData(**(values | changes))

    return make


@pytest.fixture
def submit(asking):
    """Submit what a person shows."""

    async def ask(user_id, call=verification.submit, **values):
        given = {"phone_number": PHONE, "desc": "智艺花泽类❤️"} | values
        await asking(call, user_id, **given)

    return ask


@pytest.fixture
def own(asking):
    """What the owner of a verification sees."""

    async def ask(user_id):
        return await asking(verification.read_own, user_id)

    return ask


@pytest.fixture
def others(bus):
    """What everyone sees."""

    async def ask(*user_ids):
        people = verification.OfPeople(user_ids=list(user_ids))
        return await bus.ask(verification.read_public, people)

    return ask


@pytest.fixture
def decide(administer, own):
    """Decide about what a person submitted last."""

    async def ask(user_id, call=verification.let_pass, **values):
        submission = values.pop("submission", None) or (await own(user_id)).submission
        message = call.ask(user_id=user_id, submission=submission, **values)
        await administer(call, message)

    return ask


async def test_its_owner_sees_everything_and_others_little(person, data, submit, own, others, bus):
    """Number, name, phone and pictures are for the owner; the pictures open with a pass alone."""
    shown = await data(person)
    await submit(person, person=shown)

    found = await own(person)
    assert (found.type, found.state, found.person) == (Type.USER, State.WAITING, shown)
    assert {one.picture.key for one in found.pictures} == {shown.front, shown.rear}
    for one in found.pictures:
        with pytest.raises(pictures.NoSuchPicture):
            await bus.ask(pictures.read_picture, pictures.ReadPicture(key=one.picture.key))
        ask = pictures.ReadPicture(key=one.picture.key, pass_=one.pass_)
        assert opened((await bus.ask(pictures.read_picture, ask)).content).width in (4, 8)
    [public] = await others(person, person + 1)
    assert (public.state, public.desc, public.slogan) == (State.WAITING, found.desc, found.desc)
    assert set(msgspec.to_builtins(public)) == {
        *("user_id", "type", "state", "desc", "slogan", "created_at", "updated_at")
    }


async def test_one_submission_of_ones_own_pictures(person, data, submit, others, own):
    """Another's pictures, or none, keep nothing; of several submissions at once one is kept."""
    for foreign in (await data(person + 1), await data(person, front="0" * 64 + ".png")):
        with pytest.raises(pictures.NotYourPicture):
            await submit(person, person=foreign)
    assert await others(person) == []

    good = await data(person)
    results = await asyncio.gather(
        *(submit(person, person=good) for _ in range(3)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in results) == [
        *("AlreadySubmitted", "AlreadySubmitted", "NoneType")
    ]
    assert (await own(person)).person == good


async def test_only_what_was_refused_can_be_submitted_again(
    person, data, submit, own, decide, mongo, announced
):
    """It waits again as the same type; the picture that it names no more is removed."""
    first = await data(person)
    with pytest.raises(verification.NoVerification):
        await submit(person, verification.resubmit, person=first)
    await submit(person, person=first)
    with pytest.raises(verification.AlreadySubmitted):
        await submit(person, verification.resubmit, person=first)
    await decide(person, verification.refuse, reason="too dark")
    assert (await own(person)).reason == "too dark"

    org = OrgData(
        name="智艺",
        address="天府大道",
        certificate=first.front,
        person_name="李四",
        person_number="5",
    )
    with pytest.raises(verification.OtherType):
        await submit(person, verification.resubmit, org=org)
    second = msgspec.structs.replace(await data(person), front=first.front)
    await submit(person, verification.resubmit, person=second)

    found = await own(person)
    assert (found.state, found.reason, found.person) == (State.WAITING, None, second)
    assert found.created_at < found.updated_at
    kept = mongo("userhub_profile")["pictures"]
    assert await kept.count_documents({"_id": {"$in": [first.front, first.rear]}}) == 1
    await decide(person)
    with pytest.raises(verification.AlreadySubmitted):
        await submit(person, verification.resubmit, person=second)
    events = await announced(verification.VerificationChanged, user_id=person, count=4)
    assert [event.data["state"] for event in events] == [-1, 0, -1, 1]


async def test_a_picture_that_its_owner_shows(
    person, data, submit, own, decide, asking, bus, mongo, suite
):
    """It goes on being shown; what is kept with the verification is a private copy of its own."""
    first = await data(person)
    url = "https://users.example.com/media/"
    await asking(profile.change_profile, person, avatar=url + first.front, cover=url + first.front)
    documents = mongo("userhub_profile")["pictures"]

    async def is_shown(key, pass_=""):
        ask = pictures.ReadPicture(key=key, pass_=pass_)
        return opened((await bus.ask(pictures.read_picture, ask)).content).width == 8

    results = await asyncio.gather(
        *(submit(person, person=first) for _ in range(3)), return_exceptions=True
    )

    assert results.count(None) == 1
    assert await is_shown(first.front)
    found = await own(person)
    copy = found.person.front
    assert found.person == msgspec.structs.replace(first, front=copy)
    assert copy != first.front
    passes = {one.picture.key: one.pass_ for one in found.pictures}
    assert set(passes) == {copy, first.rear}
    with pytest.raises(pictures.NoSuchPicture):
        await is_shown(copy)
    assert await is_shown(copy, passes[copy])

    await decide(person, verification.refuse, reason="too dark")
    await submit(person, verification.resubmit, person=first)
    again = (await own(person)).person.front
    assert {doc["_id"] async for doc in documents.find({"owner": person})} == {
        *(first.front, first.rear, again)
    }
    await asking(verification.withdraw, person)

    assert await is_shown(first.front)
    media = suite.config.home / "media"
    assert not [key for key in (copy, again) if (media / key[:2] / key).exists()]


async def test_what_was_handed_in_becomes_no_avatar(person, data, submit, asking):
    """It would be a dead link in every product."""
    shown = await data(person)
    await submit(person, person=shown)

    for field in ("avatar", "cover"):
        url = f"https://users.example.com/media/{shown.front}"
        with pytest.raises(profile.UnusablePictureUrl):
            await asking(profile.change_profile, person, **{field: url})


async def test_handing_in_and_showing_at_once(person, data, submit, own, js, mongo, suite):
    """The two conflict, so that the later one sees the other: what is shown stays public."""
    shown, db = await data(person), mongo("userhub_profile")
    profiles, documents = ProfileStore(db), PictureStore(db)
    folder = LocalFolder(suite.config.home / "media")
    hiding = Hiding(Outbox(db, js, "profile"), profiles, documents, folder)
    ask = verification.SubmitVerification(
        user_id=person, phone_number=PHONE, desc="x", person=shown
    )

    async def show(session):
        before = await profiles.find(session, person)
        assert before
        after = msgspec.structs.replace(before, avatar=f"https://x.example/media/{shown.front}")
        await profiles.update(session, after, "avatar")
        await documents.use(person, [shown.front], session)
        async with db.client.start_session() as other:
            with pytest.raises(PyMongoError, match="WriteConflict"):
                async with await other.start_transaction():
                    await hiding.hide(ask, {}, other)

    await db.transact(show)
    await submit(person, person=shown)

    assert (await own(person)).person.front != shown.front


async def test_a_picture_of_another_that_one_shows(person, data, submit, asking, mongo):
    """Whoever shows it as their avatar has no copy of it either."""
    foreign = await data(person + 1)
    url = f"https://users.example.com/media/{foreign.front}"
    await asking(profile.change_profile, person, avatar=url)

    with pytest.raises(pictures.NotYourPicture):
        await submit(person, person=await data(person, front=foreign.front))

    kept = await mongo("userhub_profile")["pictures"].find_one({"_id": foreign.front})
    assert (kept["owner"], kept["channel"]) == (person + 1, "public")


async def test_a_decision_is_about_what_was_read(person, data, submit, own, decide, asking):
    """What was withdrawn and submitted anew meanwhile, or decided by another, is not decided."""
    await submit(person, person=await data(person))
    seen = (await own(person)).submission
    await asking(verification.withdraw, person)
    with pytest.raises(verification.NoVerification):
        await decide(person, submission=seen)
    await submit(person, person=await data(person))
    with pytest.raises(verification.ReviewedMeanwhile):
        await decide(person, submission=seen)

    seen = (await own(person)).submission
    results = await asyncio.gather(
        decide(person, submission=seen, slogan="a real person"),
        decide(person, verification.refuse, submission=seen, reason="no"),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "ReviewedMeanwhile"]


async def test_withdrawing_removes_everything(person, data, submit, asking, others, suite, mongo):
    """In any state; neither document nor bytes of a picture are left."""
    shown = await data(person)
    await submit(person, person=shown)
    await asking(verification.withdraw, person)

    assert await others(person) == []
    kept = mongo("userhub_profile")["pictures"]
    media = suite.config.home / "media"
    for key in (shown.front, shown.rear):
        assert not await kept.find_one({"_id": key})
        assert not (media / key[:2] / key).exists()
    with pytest.raises(verification.NoVerification):
        await asking(verification.withdraw, person)


async def test_administrators_find_what_waits(newcomers, data, submit, administer, decide, others):
    """The longest waiting first, page by page; a passed one has the reviewer's words."""
    people = await newcomers(3)
    for one in people:
        await submit(one, person=await data(one))

    found, after = [], None
    while True:
        ask = verification.ListVerifications(after=after, limit=2)
        page = await administer(verification.list_all, ask)
        found += [one.user_id for one in page]
        if not page:
            break
        after = page[-1].user_id
    assert [one for one in found if one in people] == people
    whole = await administer(verification.read_any, OfPerson(user_id=people[0]))
    assert len(whole.pictures) == 2

    await decide(people[0], slogan="Painter")
    [passed] = await others(people[0])
    assert (passed.state, passed.slogan, passed.desc) == (State.PASSED, "Painter", "智艺花泽类❤️")
    for call, message in (
        (verification.list_all, verification.ListVerifications()),
        (verification.read_any, OfPerson(user_id=people[0])),
    ):
        with pytest.raises(errors.NotAllowed):
            await administer(call, message, role=Role.AUDITOR)


async def test_a_page_is_read_from_the_index(mongo):
    """What is shown is looked at, and what came before is not."""
    kept, at = mongo("userhub_profile")["verifications"], datetime(2000, 1, 1, tzinfo=UTC)
    values = {"state": 7, "type": "user", "desc": "x", "created_at": at}
    rows = [{"_id": -n, "updated_at": at + timedelta(days=n), **values} for n in range(1, 6)]
    await kept.insert_many(rows)
    try:
        wanted = page_after(7, at + timedelta(days=2), -2)
        plan = await kept.find(wanted).sort([("updated_at", 1), ("_id", 1)]).limit(2).explain()
    finally:
        await kept.delete_many({"state": 7})

    assert plan["executionStats"]["totalDocsExamined"] <= 3
    assert "SORT" not in stages(plan)


async def test_a_company_shows_its_certificate(person, upload, submit, own):
    """One picture, which becomes private as well; a person and a company at once are neither."""
    key = (await upload(person, png())).key
    org = OrgData(
        name="智艺", address="天府大道", certificate=key, person_name="李四", person_number="5"
    )
    await submit(person, org=org)

    found = await own(person)
    assert (found.type, found.org) == (Type.ORG, org)
    assert [one.picture.channel for one in found.pictures] == [pictures.Channel.PRIVATE]
    with pytest.raises(ValueError, match="a person or a company"):
        verification.SubmitVerification(user_id=person, phone_number=PHONE, desc="x")


async def test_a_leaving_person_takes_it_along(person, data, submit, others, tell, mongo):
    """Nothing of it is left."""
    shown = await data(person)
    await submit(person, person=shown)
    await tell(deletion.UserDeleting(user_id=person))

    db = mongo("userhub_profile")
    assert not await db["verifications"].find_one({"_id": person})
    assert not await db["pictures"].find_one({"_id": shown.front})


async def test_what_cannot_be_shown_is_refused(person, data, submit, others):
    """Control characters and blank names help nobody who has to decide."""
    for changes in ({"real_name": "a\nb"}, {"number": " "}):
        with pytest.raises(errors.UnusableText):
            await submit(person, person=await data(person, **changes))
    with pytest.raises(errors.UnusableText):
        await submit(person, person=await data(person), desc="\x00")
    assert await others(person) == []
