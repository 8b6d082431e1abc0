"""Contacts over the bus: people, groups and bots asked for in one way."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.social.contacts import rules
from shared.caller import Caller
from shared.contracts import (
    blacklist,
    bots,
    contacts,
    deletion,
    directory,
    friendships,
    groups,
    relations,
)
from shared.contracts.accounts import Role
from shared.contracts.contacts import ContactKind
from shared.contracts.friendships import FriendStatus, InviteAction
from shared.errors import Malformed, NotTheCaller, UnusableText

USER, GROUP, BOT = ContactKind
ADDED, SENT, NONE = InviteAction
NOBODY = 10**15


@pytest.fixture
def apply(ask_as):
    """Apply for a contact, and give what came of it."""

    async def ask(owner, contact, kind, message=""):
        fields = {"owner_id": owner, "contact_id": contact, "kind": kind, "message": message}
        return (await ask_as(contacts.apply, **fields)).action

    return ask


@pytest.fixture
def answer_to(ask_as):
    async def ask(owner, application, agreed=True):
        await ask_as(
            contacts.answer_application,
            owner_id=owner,
            application_id=application,
            agreed=agreed,
        )

    return ask


@pytest.fixture
def waiting(ask_as):
    async def ask(owner, after=0):
        return await ask_as(contacts.list_applications, owner_id=owner, after=after)

    return ask


@pytest.fixture
def give_up(ask_as):
    async def ask(owner, contact, kind):
        await ask_as(contacts.remove_contact, owner_id=owner, contact_id=contact, kind=kind)

    return ask


@pytest.fixture
def closed_group(ask_as):
    """Make a group into which people come by application, and give its id."""

    async def make(owner):
        made = await ask_as(groups.create_group, owner_id=owner, name="Club", member_ids=[owner])
        change = {"owner_id": owner, "group_id": made.group_id, "direct_join": False}
        await ask_as(groups.change_group, **change)
        return made.group_id

    return make


@pytest.fixture
def members(ask_as):
    async def read(group_id, asking):
        rows = await ask_as(groups.list_members, owner_id=asking, group_id=group_id)
        return {row.user_id for row in rows}

    return read


async def test_a_number_alone_opens_no_group(fresh_people, ask_as, apply, members):
    """Until its creator opens it, who was handed its public id comes in, who counts does not."""
    ann, bob, eve = await fresh_people(3)
    made = await ask_as(groups.create_group, owner_id=ann, name="Us", member_ids=[ann])

    assert await apply(eve, made.group_id, GROUP) is SENT
    await ask_as(groups.join_group, owner_id=bob, group_id=made.group_id)

    assert await members(made.group_id, ann) == {ann, bob}


async def test_applying_to_a_person_invites_them(
    fresh_people, apply, answer_to, waiting, give_up, statuses
):
    """It is the friendship that every dialect knows; its application has the asker's id."""
    ann, bob = await fresh_people(2)

    assert await apply(ann, bob, USER, "It's me") is SENT
    assert await apply(ann, bob, USER) is NONE
    [one] = await waiting(bob)
    assert (one.application_id, one.kind, one.user_id, one.message) == (ann, USER, ann, "It's me")
    assert await waiting(ann) == []
    await answer_to(bob, ann)

    assert await statuses(ann, bob) == (FriendStatus.FRIENDS, FriendStatus.FRIENDS)
    assert await waiting(bob) == []
    with pytest.raises(friendships.AlreadyFriends):
        await apply(ann, bob, USER)
    await give_up(ann, bob, USER)
    assert await statuses(ann, bob) == (FriendStatus.DELETED, FriendStatus.FRIENDS)


async def test_an_invitation_that_is_refused_stays_unanswered(
    fresh_people, apply, answer_to, waiting, statuses
):
    """As sealtalk ignores it: the one who asked sees no difference."""
    ann, bob = await fresh_people(2)
    await apply(ann, bob, USER)

    await answer_to(bob, ann, agreed=False)

    assert await statuses(ann, bob) == (FriendStatus.INVITED, FriendStatus.IGNORED)
    assert await waiting(bob) == []
    assert await apply(ann, bob, USER) is NONE
    with pytest.raises(friendships.NoSuchInvitation):
        await answer_to(bob, ann, agreed=False)


async def test_applying_to_an_open_group_joins_it(
    a_group, ask_as, fresh_people, apply, give_up, members, announced
):
    """At once, and announced as any joining; giving it up is leaving."""
    group_id, [ann, _] = await a_group(2)
    await ask_as(groups.change_group, owner_id=ann, group_id=group_id, direct_join=True)
    [bob] = await fresh_people(1)

    assert await apply(bob, group_id, GROUP) is ADDED

    assert bob in await members(group_id, ann)
    [event] = await announced(groups.GroupJoined, user_id=bob)
    assert event.data["group_id"] == group_id
    with pytest.raises(groups.AlreadyAMember):
        await apply(bob, group_id, GROUP)
    await give_up(bob, group_id, GROUP)
    with pytest.raises(groups.NotAMember):
        await give_up(bob, group_id, GROUP)


async def test_a_creator_lets_an_applicant_in(
    fresh_people, closed_group, apply, answer_to, waiting, members, announced
):
    """The application waits for the creator alone, is answered once, and announced."""
    ann, bob, cem = await fresh_people(3)
    group_id = await closed_group(ann)

    assert await apply(bob, group_id, GROUP, "Let me in") is SENT
    assert await apply(bob, group_id, GROUP) is NONE

    [one] = await waiting(ann)
    assert (one.kind, one.user_id, one.group_id, one.message) == (GROUP, bob, group_id, "Let me in")
    [event] = await announced(contacts.GroupAppliedFor, user_id=bob)
    assert event.data["application_id"] == one.application_id
    assert event.data["creator_id"] == ann
    with pytest.raises(friendships.NoSuchInvitation):  # as of one that is not there
        await answer_to(cem, one.application_id)
    outcomes = await asyncio.gather(
        *(answer_to(ann, one.application_id) for _ in range(3)), return_exceptions=True
    )
    assert sorted(type(done).__name__ for done in outcomes) == ["NoSuchInvitation"] * 2 + [
        "NoneType"
    ]
    assert await members(group_id, ann) == {ann, bob}
    assert await waiting(ann) == []


async def test_who_is_refused_applies_again_after_a_day(
    fresh_people, closed_group, apply, answer_to, waiting, announced, mongo
):
    """Until then nothing happens; what was written with it is forgotten at once."""
    ann, bob = await fresh_people(2)
    group_id = await closed_group(ann)
    await apply(bob, group_id, GROUP, "Let me in")
    [one] = await waiting(ann)

    await answer_to(ann, one.application_id, agreed=False)

    await announced(contacts.GroupApplicationRefused, user_id=bob)
    assert await waiting(ann) == []
    assert await apply(bob, group_id, GROUP) is NONE
    with pytest.raises(friendships.NoSuchInvitation):
        await answer_to(ann, one.application_id)
    kept = mongo("userhub_social")["group_applications"]
    found = await kept.find_one({"_id": one.application_id})
    assert found["message"] == ""
    left = found["expires_at"] - datetime.now(UTC)
    assert timedelta(hours=23) < left <= rules.AGAIN_AFTER_REFUSED
    earlier = {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}
    await kept.update_one({"_id": one.application_id}, {"$set": earlier})
    assert await apply(bob, group_id, GROUP) is SENT


async def test_an_application_is_over_once_one_is_in_or_the_group_is_over(
    fresh_people, closed_group, apply, answer_to, waiting, ask_as
):
    """Whoever is brought in by a member applies no longer; nobody comes into what is over."""
    ann, bob, cem = await fresh_people(3)
    group_id = await closed_group(ann)
    await apply(bob, group_id, GROUP)
    await apply(cem, group_id, GROUP)
    of_bob, of_cem = await waiting(ann)
    assert await waiting(ann, after=of_bob.application_id) == [of_cem]

    await ask_as(groups.add_members, owner_id=ann, group_id=group_id, member_ids=[bob])

    assert await waiting(ann) == [of_cem]
    await ask_as(groups.dismiss_group, owner_id=ann, group_id=group_id)
    assert await waiting(ann) == []
    for one in (of_bob, of_cem):
        with pytest.raises(friendships.NoSuchInvitation):
            await answer_to(ann, one.application_id)
    with pytest.raises(groups.NoSuchGroup):
        await apply(cem, group_id, GROUP)


async def test_whom_the_creator_has_blocked_asks_in_vain(
    fresh_people, closed_group, apply, waiting, ask_as, facts_of
):
    """Nothing is kept, nobody is told."""
    ann, bob = await fresh_people(2)
    group_id = await closed_group(ann)
    await ask_as(blacklist.add_to_blacklist, owner_id=ann, target_id=bob)

    assert await apply(bob, group_id, GROUP) is NONE

    assert await waiting(ann) == []
    assert await facts_of(bob) == []


async def test_nobody_applies_to_a_banned_group(
    fresh_people, closed_group, apply, answer_to, waiting, bus
):
    """Nor is anybody let in who applied before."""
    ann, bob, cem = await fresh_people(3)
    group_id = await closed_group(ann)
    await apply(bob, group_id, GROUP)
    admin = Caller(1, "0" * 32, Role.ADMIN)
    ban = directory.BanGroup(group_id=group_id, banned=True)
    await bus.ask(directory.ban_group, ban, caller=admin)

    with pytest.raises(groups.GroupBanned):
        await apply(cem, group_id, GROUP)
    [one] = await waiting(ann)
    with pytest.raises(groups.GroupBanned):
        await answer_to(ann, one.application_id)
    await answer_to(ann, one.application_id, agreed=False)


async def test_applying_to_a_bot_adds_it(fresh_people, ask_as, apply, give_up):
    """At once, and giving it up removes it."""
    ann, bob = await fresh_people(2)
    bot = await ask_as(bots.create_bot, owner_id=ann, name="Counter")

    assert await apply(bob, bot.bot_id, BOT) is ADDED

    with pytest.raises(bots.AlreadyAdded):
        await apply(bob, bot.bot_id, BOT)
    assert len(await ask_as(bots.list_added_bots, owner_id=bob)) == 1
    await give_up(bob, bot.bot_id, BOT)
    with pytest.raises(bots.NoSuchBot):
        await give_up(bob, bot.bot_id, BOT)


@pytest.mark.parametrize(
    ("kind", "unknown", "none_of_ones_own"),
    [
        (USER, relations.NoSuchPerson, friendships.NoSuchFriend),
        (GROUP, groups.NoSuchGroup, groups.NoSuchGroup),
        (BOT, bots.NoSuchBot, bots.NoSuchBot),
    ],
)
async def test_what_is_not_there(
    fresh_people, apply, give_up, answer_to, kind, unknown, none_of_ones_own
):
    """Each kind says so in its own way, and a person's id is no group's or bot's."""
    ann, bob = await fresh_people(2)

    with pytest.raises(unknown):
        await apply(ann, NOBODY if kind is USER else bob, kind)
    with pytest.raises(none_of_ones_own):
        await give_up(ann, bob, kind)
    with pytest.raises(friendships.NoSuchInvitation):
        await answer_to(ann, bob)
    with pytest.raises(relations.Oneself):
        await apply(ann, ann, USER)
    with pytest.raises(UnusableText):
        await apply(ann, bob, kind, "\0")
    with pytest.raises(Malformed):
        await apply(ann, bob, kind, "x" * 65)


@pytest.mark.parametrize("of", ["group", "user"])
async def test_how_many_applications_wait(fresh_people, closed_group, apply, mongo, of):
    """500 to one group, 500 of one person; those that expired do not count."""
    ann, bob = await fresh_people(2)
    group_id = await closed_group(ann)
    later = datetime.now(UTC) + timedelta(hours=1)
    first = group_id * 1000
    kept = mongo("userhub_social")["group_applications"]
    fixed = {"message": "", "created_at": later, "refused": False, "expires_at": later}
    await kept.insert_many(
        {
            "_id": first + one,
            "group": group_id if of == "group" else first + one,
            "user": bob if of == "user" else first + one,
            **fixed,
        }
        for one in range(contacts.APPLICATIONS_MOST)
    )

    with pytest.raises(relations.TooMany):
        await apply(bob, group_id, GROUP)

    past = {"expires_at": later - timedelta(hours=2)}
    await kept.update_one({"_id": first}, {"$set": past})
    assert await apply(bob, group_id, GROUP) is SENT


async def test_whoever_leaves_waits_for_nothing(
    fresh_people, closed_group, apply, waiting, tell, announced
):
    """Their applications are gone with them."""
    ann, bob = await fresh_people(2)
    group_id = await closed_group(ann)
    await apply(bob, group_id, GROUP, "hi")
    await apply(bob, ann, USER, "hi")

    await tell(deletion.UserDeleting(user_id=bob))
    await announced(relations.UserErased, user_id=bob)

    assert await waiting(ann) == []
    with pytest.raises(relations.NoSuchPerson):
        await apply(bob, group_id, GROUP)


async def test_nobody_acts_for_another(bus, acting, user_id):
    """Each call is for whoever signed it."""
    asked: list[tuple[Any, dict[str, Any]]] = [
        (contacts.apply, {"contact_id": 7, "kind": USER}),
        (contacts.answer_application, {"application_id": 7, "agreed": True}),
        (contacts.list_applications, {}),
        (contacts.remove_contact, {"contact_id": 7, "kind": USER}),
    ]
    for call, more in asked:
        with acting(user_id + 1), pytest.raises(NotTheCaller):
            await bus.ask(call, call.ask(owner_id=user_id, **more))


async def test_applications_are_read_from_an_index(plan_of):
    """Those to all groups that somebody leads, in the order of their ids."""
    query = {
        "group": {"$in": [1, 2, 3]},
        "refused": False,
        "_id": {"$gt": 7},
        "expires_at": {"$gt": datetime.now(UTC)},
    }
    plan = await plan_of("group_applications", query, [("_id", 1)], hint="waiting")

    assert not plan & {"COLLSCAN", "SORT"}
