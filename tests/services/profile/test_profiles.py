"""Opening, reading and changing profiles, over the bus."""

import asyncio
import uuid
from datetime import UTC, date, datetime

import pytest
from msgspec import UNSET

from shared import errors
from shared.contracts import deletion, profile, registration
from shared.contracts.accounts import Role
from shared.errors import UnusableText

OPENED, CHANGED = profile.ProfileOpened.fact, profile.ProfileChanged.fact


@pytest.fixture
def read(bus):
    async def ask(*user_ids):
        return await bus.ask(profile.read_profiles, profile.ReadProfiles(user_ids=list(user_ids)))

    return ask


@pytest.fixture
def change(bus, acting):
    async def ask(user_id, **fields):
        with acting(user_id):
            ask = profile.ChangeProfile(user_id=user_id, **fields)
            return await bus.ask(profile.change_profile, ask)

    return ask


async def test_an_opened_profile_is_there_at_once(bus, user_id, read, announced):
    """Whoever was told that a profile is open finds it, and it is announced with its nickname."""
    await bus.ask(profile.open_profile, profile.OpenProfile(user_id=user_id, nickname="安娜"))

    [found] = await read(user_id)

    assert (found.user_id, found.nickname) == (user_id, "安娜")
    assert found == profile.Profile(
        user_id=user_id,
        nickname="安娜",
        created_at=found.created_at,
        updated_at=found.created_at,
        name_id=user_id,
    )
    assert abs((datetime.now(UTC) - found.created_at).total_seconds()) < 30
    [event] = await announced(profile.ProfileOpened, user_id=user_id)
    assert event.data == {"user_id": user_id, "nickname": "安娜"}


async def test_opening_twice_at_once_opens_once(bus, user_id, read, facts_of):
    """Of requests for the same profile at the same moment one makes it; all are answered."""
    names = [f"name {number}" for number in range(8)]

    await asyncio.gather(
        *(
            bus.ask(profile.open_profile, profile.OpenProfile(user_id=user_id, nickname=name))
            for name in names
        )
    )

    [found] = await read(user_id)
    assert found.nickname in names
    assert await facts_of(user_id) == [OPENED]


async def test_opening_again_changes_nothing(bus, person, read, facts_of):
    """A profile that exists keeps its nickname and is not announced again."""
    await bus.ask(profile.open_profile, profile.OpenProfile(user_id=person, nickname="Other"))

    [found] = await read(person)
    assert found.nickname == "Ann"
    assert await facts_of(person) == [OPENED]


@pytest.mark.parametrize("nickname", ["a\x00b", "a\nb", "\u202eabc", "\u200b", "   ", "\ufdd0x"])
async def test_an_unusable_nickname_opens_nothing(bus, user_id, read, nickname):
    """A nickname that cannot be shown is refused and leaves no profile."""
    ask = profile.OpenProfile(user_id=user_id, nickname=nickname)

    with pytest.raises(UnusableText) as refusal:
        await bus.ask(profile.open_profile, ask)

    assert refusal.value.details == {"field": "nickname"}
    assert await read(user_id) == []


@pytest.mark.parametrize(("length", "fits"), [(0, False), (1, True), (64, True), (65, False)])
async def test_a_nickname_has_1_to_64_characters(bus, user_id, length, fits):
    """Characters are counted, not bytes."""
    ask = profile.OpenProfile(user_id=user_id, nickname="鼠" * length)

    if fits:
        await bus.ask(profile.open_profile, ask)
    else:
        with pytest.raises(errors.Malformed):
            await bus.ask(profile.open_profile, ask)


async def test_registration_opens_a_profile_that_was_missed(tell, user_id, read, facts_of):
    """The event alone is enough for a profile to be there."""
    event = registration.UserRegistered(
        user_id=user_id, username="ann_7", nickname="Ann", dialect="leaf"
    )

    await tell(event, times=2)

    [found] = await read(user_id)
    assert found.nickname == "Ann"
    assert await facts_of(user_id) == [OPENED]


async def test_registration_overwrites_nothing(tell, person, change, read, facts_of):
    """An event that comes after the person changed their nickname leaves it as it is."""
    await change(person, nickname="Anna")

    await tell(
        registration.UserRegistered(user_id=person, username="ann", nickname="Ann", dialect="leaf")
    )

    [found] = await read(person)
    assert found.nickname == "Anna"
    facts = await facts_of(person)  # a first nickname is paid for as well
    assert [fact for fact in facts if fact in (OPENED, CHANGED)] == [OPENED, CHANGED]


async def test_registration_makes_a_nickname_usable(tell, user_id, read):
    """An account whose nickname cannot be shown gets its profile all the same."""
    event = registration.UserRegistered(
        user_id=user_id, username="ann_7", nickname="\u202e\x00", dialect="leaf"
    )

    await tell(event)

    [found] = await read(user_id)
    assert found.nickname == "ann_7"


async def test_reading_answers_in_order_each_once(bus, user_id, read):
    """The answer follows the question; what does not exist is left out, not refused."""
    ids = [user_id, user_id + 2**40, user_id + 2**62]
    for one in ids:
        await bus.ask(profile.open_profile, profile.OpenProfile(user_id=one, nickname=str(one)))
    first, second, third = ids

    found = await read(third, 1, first, third, second)

    assert [entry.user_id for entry in found] == [third, first, second]
    assert [entry.nickname for entry in found] == [str(third), str(first), str(second)]
    assert await read() == []


async def test_500_profiles_are_read_at_once_and_no_more(read, person):
    """The bound of one question is 500 ids."""
    assert [one.user_id for one in await read(*range(2, 501), person)] == [person]
    with pytest.raises(errors.Malformed):
        await read(*range(2, 502), person)


@pytest.mark.parametrize("user_id", [0, -1, 2**63])
async def test_an_impossible_id_is_refused(read, user_id):
    """Ids are positive and have 63 bits."""
    with pytest.raises(errors.Malformed):
        await read(user_id)


async def test_reads_at_the_same_time_all_get_their_own(bus, user_id, read):
    """Reads that share a query are answered with what each of them asked for."""
    ids = [user_id + 2**41 + 1000 * number for number in range(40)]
    for one in ids:
        await bus.ask(profile.open_profile, profile.OpenProfile(user_id=one, nickname=f"n{one}"))

    answers = await asyncio.gather(*(read(one, one + 1000) for one in ids * 5))

    expected = [[f"n{one}" for one in (asked, asked + 1000) if one in ids] for asked in ids * 5]
    assert [[found.nickname for found in answer] for answer in answers] == expected


async def test_reads_see_what_was_answered_before_under_load(person, change, read):
    """While many others read, each change is there in the owner's next read."""
    done = asyncio.Event()

    async def others() -> None:
        while not done.is_set():
            await asyncio.gather(*(read(person) for _ in range(20)))

    load = asyncio.create_task(others())
    try:
        for number in range(30):
            await change(person, bio=f"version {number}")
            [found] = await read(person)
            assert found.bio == f"version {number}"
    finally:
        done.set()
        await load


async def test_a_change_touches_what_is_given(person, change, read, announced):
    """Fields that are not given stay; the event names those that are different."""
    first = await change(
        person,
        nickname="Annie",
        avatar="https://example.org/a.png",
        cover="http://example.org/c.png",
        bio="one\ntwo",
        gender=profile.Gender.OTHER,
        birthday=date(1990, 2, 28),
        place="杭州",
    )
    second = await change(person, bio="three", nickname="Annie", birthday=UNSET)

    assert (second.bio, second.nickname, second.birthday) == ("three", "Annie", date(1990, 2, 28))
    assert second.created_at == first.created_at <= first.updated_at <= second.updated_at
    assert await read(person) == [second]
    events = await announced(profile.ProfileChanged, user_id=person)
    assert events[0].data == {
        "user_id": person,
        "changed": ["nickname", "avatar", "cover", "bio", "gender", "birthday", "place", "region"],
        "nickname": "Annie",
        "avatar": "https://example.org/a.png",
    }


async def test_values_can_be_taken_back(person, change, read):
    """Empty text and no birthday are values like others."""
    await change(
        person, avatar="https://example.org/a.png", bio="x", birthday=date(2000, 1, 1), place="y"
    )

    await change(person, avatar="", bio="", birthday=None, place="")

    [found] = await read(person)
    assert (found.avatar, found.bio, found.birthday, found.place) == ("", "", None, "")


async def test_a_change_to_the_same_is_none(person, change, facts_of):
    """Nothing is written or announced when all is as it was."""
    before = await change(person, bio="same", birthday=date(1990, 1, 1))

    after = await change(person, bio="same", birthday=date(1990, 1, 1), nickname="Ann")
    nothing = await change(person)

    assert before == after == nothing
    assert await facts_of(person) == [OPENED, CHANGED]


async def test_changes_at_once_are_all_kept(person, change, read, facts_of):
    """Changes of different fields at the same moment do not undo each other."""
    await asyncio.gather(
        change(person, bio="b"),
        change(person, place="p"),
        change(person, gender=profile.Gender.FEMALE),
        change(person, avatar="https://example.org/a"),
        change(person, nickname="N"),
    )

    [found] = await read(person)
    assert (found.bio, found.place, found.gender) == ("b", "p", profile.Gender.FEMALE)
    assert (found.avatar, found.nickname) == ("https://example.org/a", "N")
    facts = await facts_of(person)  # a first nickname and a first avatar are paid for as well
    assert [fact for fact in facts if fact in (OPENED, CHANGED)] == [OPENED, *[CHANGED] * 5]


async def test_equal_changes_at_once_are_one(person, change, facts_of):
    """Of two requests for the same change one does it, and both are answered alike."""
    one, other = await asyncio.gather(change(person, bio="x"), change(person, bio="x"))

    assert one == other
    assert await facts_of(person) == [OPENED, CHANGED]


async def test_only_the_owner_changes_a_profile(bus, acting, person, read):
    """Another caller, or none, is refused and changes nothing."""
    ask = profile.ChangeProfile(user_id=person, nickname="Eve")

    with acting(person + 1), pytest.raises(errors.NotTheCaller):
        await bus.ask(profile.change_profile, ask)
    with pytest.raises(errors.NotTheCaller):
        await bus.ask(profile.change_profile, ask)

    assert (await read(person))[0].nickname == "Ann"


async def test_administrators_write_somebody_elses_bio(administer, person, read, facts_of):
    """An administrator writes a bio, announced like any change; a lower role does not."""
    ask = profile.ModerateProfile(user_id=person, bio="Moderated.")

    with pytest.raises(errors.NotAllowed):
        await administer(profile.moderate_profile, ask, Role.AUDITOR)
    assert (await read(person))[0].bio == ""
    await administer(profile.moderate_profile, ask)

    assert (await read(person))[0].bio == "Moderated."
    assert await facts_of(person) == [OPENED, CHANGED]


async def test_a_profile_that_does_not_exist_cannot_be_changed(change, user_id, read):
    """A change never makes a profile."""
    with pytest.raises(profile.NoSuchProfile):
        await change(user_id, nickname="Ghost")

    assert await read(user_id) == []


@pytest.mark.parametrize(
    ("field", "value", "refusal"),
    [
        ("nickname", "a\x07", UnusableText),
        ("nickname", "\u2066a", UnusableText),
        ("place", "a\nb", UnusableText),
        ("bio", "a\x00b", UnusableText),
        ("bio", "\U0010ffff", UnusableText),
        ("avatar", "javascript:alert(1)", profile.UnusablePictureUrl),
        ("avatar", "/a.png", profile.UnusablePictureUrl),
        ("cover", "https://", profile.UnusablePictureUrl),
        ("cover", "https://user:secret@example.org/", profile.UnusablePictureUrl),
    ],
)
async def test_what_cannot_be_shown_changes_nothing(person, change, read, field, value, refusal):
    """One bad field refuses the whole change, with its name and nothing of its content."""
    with pytest.raises(refusal) as refused:
        await change(person, **{"gender": profile.Gender.MALE, field: value})

    assert refused.value.details == {"field": field}
    [found] = await read(person)
    assert (found.gender, found.nickname) == (profile.Gender.UNKNOWN, "Ann")


@pytest.mark.parametrize(
    ("field", "longest"), [("nickname", 64), ("bio", 500), ("place", 191), ("avatar", 512)]
)
async def test_texts_are_bounded(person, change, field, longest):
    """The longest text is kept whole, one more character is refused."""
    text = "https://example.org/" if field == "avatar" else ""
    text += "x" * (longest - len(text))

    assert getattr(await change(person, **{field: text}), field) == text
    with pytest.raises(errors.Malformed):
        await change(person, **{field: text + "x"})


async def test_a_nickname_is_shown_as_it_was_given(person, change, read):
    """Nothing is normalised: decomposed letters, emoji and right-to-left text come back intact."""
    for nickname in ("e\u0301", "👨‍👩‍👧", "أحمد\u200f", "ﬁ"):
        await change(person, nickname=nickname)
        assert (await read(person))[0].nickname == nickname


async def test_reading_uses_the_index(mongo, person):
    """A read looks at the documents it gives and no other."""
    docs = mongo("userhub_profile")["profiles"]

    plan = await docs.find({"_id": {"$in": [person, person + 1, person + 2]}}).explain()

    assert plan["queryPlanner"]["winningPlan"]["inputStage"]["indexName"] == "_id_"
    assert plan["executionStats"]["totalDocsExamined"] == 1


async def test_a_leaving_person_has_no_profile_any_more(person, tell, read, change, facts_of):
    """After `UserDeleting` the profile is gone, which is announced once."""
    await tell(deletion.UserDeleting(user_id=person), times=2)

    assert await read(person) == []
    with pytest.raises(profile.NoSuchProfile):
        await change(person, nickname="Ann")
    assert await facts_of(person) == [OPENED, profile.UserErased.fact]


async def test_leaving_without_a_profile_is_announced_too(user_id, tell, announced, facts_of):
    """Auth waits for every service, so each says that it is done even if it had nothing."""
    await tell(deletion.UserDeleting(user_id=user_id))

    [event] = await announced(profile.UserErased, user_id=user_id)
    assert event.data == {"user_id": user_id}
    assert await facts_of(user_id) == [profile.UserErased.fact]


async def test_what_comes_late_does_not_bring_a_person_back(
    bus, person, tell, read, mongo, facts_of
):
    """Neither a late call nor a late event opens a profile of a person who was erased."""
    await tell(deletion.UserDeleting(user_id=person))

    await bus.ask(profile.open_profile, profile.OpenProfile(user_id=person, nickname="Ann"))
    await tell(
        registration.UserRegistered(user_id=person, username="ann", nickname="Ann", dialect="leaf")
    )

    assert await read(person) == []
    assert await facts_of(person) == [OPENED, profile.UserErased.fact]
    tombstone = await mongo("userhub_profile")["erased"].find_one({"_id": person})
    assert set(tombstone) == {"_id", "at"}


async def test_opening_and_leaving_at_once_leaves_nothing(bus, user_id, tell, read, facts_of):
    """Whichever comes first, in the end there is no profile and one `UserErased`."""
    for offset in range(10):
        one = user_id + 2**33 + offset
        ask = profile.OpenProfile(user_id=one, nickname="Ann")
        await asyncio.gather(
            tell(deletion.UserDeleting(user_id=one)),
            bus.ask(profile.open_profile, ask),
            bus.ask(profile.open_profile, ask),
        )
        assert await read(one) == []
        assert await facts_of(one) in ([OPENED, profile.UserErased.fact], [profile.UserErased.fact])


async def test_a_message_of_another_shape_is_refused(bus):
    """Bytes that are not the contract's message are malformed, never an internal error."""
    for body in (b"", b"\xc1", uuid.uuid4().bytes, b"\x81\xa8user_ids\xa3abc"):
        reply = await bus.client.request(profile.read_profiles.subject, body, timeout=5)
        assert reply.headers["Nats-Service-Error-Code"] == "malformed"
