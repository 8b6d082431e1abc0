"""Friendships through the sealtalk dialect (reference 3.1): how two people come to stand."""

import asyncio

import pytest

from shared.contracts import friendships as contract
from tests.gateway.sealtalk import expect
from tests.gateway.sealtalk.together import (
    ask_friend,
    befriend,
    block,
    devices,
    do,
    friendships,
    invite,
    profile,
    several,
    status,
    statuses,
    unblock,
    user_with_phone,
)

DAY = 86400
ANSWERS = ("agree", "ignore", "delete")


async def test_nobody_at_first(people) -> None:
    """Who has just signed up has no friends."""
    assert await friendships(await people.one()) == {}


async def test_an_invitation(tom_and_jerry) -> None:
    """Both see it, the message only who is asked, and neither a phone number."""
    tom, jerry = tom_and_jerry

    assert await invite(tom, jerry, "Hello <b>") == "Sent"

    [mine] = (await friendships(tom)).values()
    [theirs] = (await friendships(jerry)).values()
    assert (mine["status"], mine["message"], mine["displayName"]) == (10, "", "")
    assert (theirs["status"], theirs["message"], theirs["displayName"]) == (11, "Hello <b>", "")
    assert mine["user"] == user_with_phone(jerry, shown=False)
    assert theirs["user"] == user_with_phone(tom, shown=False)


async def test_agreeing(tom_and_jerry) -> None:
    """Both are friends then, and each sees the other's phone number."""
    tom, jerry = tom_and_jerry
    await invite(tom, jerry)

    await do(jerry, "agree", tom)

    for one, other in ((tom, jerry), (jerry, tom)):
        row = (await friendships(one))[other.id]
        assert row["status"] == 20
        assert row["user"] == user_with_phone(other, shown=True)
        shown = expect.result(await profile(one, other))
        assert list(shown) == ["displayName", "user"]
        assert shown == {"displayName": "", "user": user_with_phone(other, shown=True)}


async def test_agreeing_once_more(tom_and_jerry) -> None:
    """A client that asks again is told that it is done."""
    tom, jerry = tom_and_jerry
    await befriend(tom, jerry)

    await do(jerry, "agree", tom)
    await do(tom, "agree", jerry)

    assert await statuses(tom, jerry) == (20, 20)


async def test_the_one_who_asked_cannot_agree(tom_and_jerry) -> None:
    """An invitation is answered by the other."""
    tom, jerry = tom_and_jerry
    await invite(tom, jerry)

    for what in ANSWERS:
        expect.refused(await ask_friend(tom, what, jerry.id), 404)

    assert await statuses(tom, jerry) == (10, 11)


async def test_ignoring(tom_and_jerry) -> None:
    """The one who asked is not told, sees no number, and asks in vain until a day is over."""
    tom, jerry = tom_and_jerry
    await invite(tom, jerry)
    phone, _ = await devices(tom, jerry)

    await do(jerry, "ignore", tom)

    assert await statuses(tom, jerry) == (10, 21)
    assert await phone.news() == {}
    expect.refused(await profile(tom, jerry), 403)
    expect.refused(await profile(jerry, tom), 403)
    expect.refused(await ask_friend(jerry, "ignore", tom.id), 404)
    assert await invite(tom, jerry) == "None"
    assert await statuses(tom, jerry) == (10, 21)


@pytest.mark.parametrize(("answered", "wait"), [(True, DAY), (False, 3 * DAY)])
async def test_asking_again(tom_and_jerry, days, answered, wait) -> None:
    """An ignored invitation may be sent again after a day, an unanswered one after three."""
    tom, jerry = tom_and_jerry
    await invite(tom, jerry, "First")
    if answered:
        await do(jerry, "ignore", tom)
    await days.passed(tom, jerry, wait - 60)
    assert await invite(tom, jerry, "Second") == "None"
    assert (await friendships(jerry))[tom.id]["message"] == "First"

    await days.passed(tom, jerry, 61)
    assert await invite(tom, jerry, "Third") == "Sent"

    assert await statuses(tom, jerry) == (10, 11)
    assert (await friendships(jerry))[tom.id]["message"] == "Third"
    assert await invite(tom, jerry, "Fourth") == "None"


@pytest.mark.parametrize("ignored", [False, True])
async def test_asking_who_asked(tom_and_jerry, ignored) -> None:
    """Who invites somebody that invited them is their friend at once, after ignoring too."""
    tom, jerry = tom_and_jerry
    await invite(tom, jerry)
    if ignored:
        await do(jerry, "ignore", tom)

    assert await invite(jerry, tom) == "Added"

    assert await statuses(tom, jerry) == (20, 20)
    expect.result(await profile(tom, jerry))


async def test_both_ask_at_once(people, announced, ids) -> None:
    """Two who invite each other at the same moment end as friends, once."""
    for _ in range(5):
        tom, jerry = await several(people, "Tom", "Jerry")

        actions = await asyncio.gather(invite(tom, jerry), invite(jerry, tom))

        assert sorted(actions) == ["Added", "Sent"]
        assert await statuses(tom, jerry) == (20, 20)
        last = jerry if actions[0] == "Sent" else tom
        await announced(contract.FriendsMade, user_id=ids.decode(last.id))


async def test_friends_cannot_be_invited(tom_and_jerry) -> None:
    """Who is a friend already is told 400, either way."""
    tom, jerry = tom_and_jerry
    await befriend(tom, jerry)

    for one, other in ((tom, jerry), (jerry, tom)):
        expect.refused(await ask_friend(one, "invite", other.id, message="Hi"), 400)


async def test_parting(tom_and_jerry) -> None:
    """It is one-sided, forgets name and message, and hides both numbers from then on."""
    tom, jerry = tom_and_jerry
    await befriend(tom, jerry)
    expect.done(await ask_friend(tom, "set_display_name", jerry.id, displayName="J"))

    await do(tom, "delete", jerry)

    assert await statuses(tom, jerry) == (30, 20)
    mine, theirs = (await friendships(tom))[jerry.id], (await friendships(jerry))[tom.id]
    assert (mine["displayName"], mine["message"]) == ("", "")
    assert mine["user"] == user_with_phone(jerry, shown=False)
    assert theirs["user"] == user_with_phone(tom, shown=False)
    expect.refused(await profile(tom, jerry), 403)
    shown = expect.result(await profile(jerry, tom))
    assert shown["user"] == user_with_phone(tom, shown=False)
    expect.refused(await ask_friend(tom, "delete", jerry.id), 404)


async def test_who_was_left_cannot_undo_it(tom_and_jerry) -> None:
    """Neither agreeing nor inviting makes friends of two of whom one has left."""
    tom, jerry = tom_and_jerry
    await befriend(tom, jerry)
    await do(tom, "delete", jerry)

    expect.refused(await ask_friend(jerry, "agree", tom.id), 404)
    assert await status(tom, jerry) == 30
    assert await invite(jerry, tom, "Please") == "Sent"

    assert await statuses(tom, jerry) == (11, 10)
    assert (await friendships(tom))[jerry.id]["message"] == "Please"
    expect.refused(await profile(tom, jerry), 403)
    expect.refused(await profile(jerry, tom), 403)


async def test_coming_back(tom_and_jerry) -> None:
    """Who left somebody that did not is a friend again by one invitation."""
    tom, jerry = tom_and_jerry
    await befriend(tom, jerry)
    await do(tom, "delete", jerry)

    assert await invite(tom, jerry) == "Added"

    assert await statuses(tom, jerry) == (20, 20)
    shown = expect.result(await profile(jerry, tom))
    assert shown["user"] == user_with_phone(tom, shown=True)


async def test_both_part(tom_and_jerry) -> None:
    """When both have left, either one has to ask and the other to agree."""
    tom, jerry = tom_and_jerry
    await befriend(tom, jerry)
    await do(tom, "delete", jerry)
    await do(jerry, "delete", tom)
    assert await statuses(tom, jerry) == (30, 30)
    for one, other in ((tom, jerry), (jerry, tom)):
        for what in ANSWERS:
            expect.refused(await ask_friend(one, what, other.id), 404)

    assert await invite(jerry, tom) == "Sent"
    await do(tom, "agree", jerry)

    assert await statuses(tom, jerry) == (20, 20)


async def test_a_blocked_invitation(tom_and_jerry) -> None:
    """It goes nowhere, nobody sees anything of it, and it is no surprise once unblocked."""
    tom, jerry = tom_and_jerry
    phones = await devices(tom, jerry)
    await block(jerry, tom)
    await phones[1].sync()

    assert await invite(tom, jerry) == "None"

    assert await friendships(tom) == await friendships(jerry) == {}
    assert [await phone.news() for phone in phones] == [{}, {}]
    expect.refused(await ask_friend(jerry, "agree", tom.id), 404)
    await unblock(jerry, tom)
    assert await friendships(jerry) == {}
    assert await invite(tom, jerry) == "Sent"


async def test_who_blocks_may_invite(tom_and_jerry) -> None:
    """A block stops the other's invitations only, and an answer to one's own is no invitation."""
    tom, jerry = tom_and_jerry
    await block(jerry, tom)

    assert await invite(jerry, tom) == "Sent"
    assert await invite(tom, jerry) == "None"
    assert await statuses(tom, jerry) == (11, 10)


async def test_blocking_a_friend(tom_and_jerry) -> None:
    """The friendship stays as it is, as the page's server has it."""
    tom, jerry = tom_and_jerry
    await befriend(tom, jerry)

    await block(tom, jerry)

    assert await statuses(tom, jerry) == (20, 20)


async def test_inviting_oneself(people) -> None:
    """It is allowed, once."""
    tom = await people.one(nickname="Tom")

    assert await invite(tom, tom) == "Added"

    [row] = (await friendships(tom)).values()
    assert (row["status"], row["user"]) == (20, user_with_phone(tom, shown=True))
    expect.result(await profile(tom, tom))
    expect.refused(await ask_friend(tom, "invite", tom.id, message="Hi"), 400)


async def test_three_people(people) -> None:
    """What two have with each other does not show to, or change with, a third."""
    tom, jerry, spike = await several(people, "Tom", "Jerry", "Spike")
    await befriend(tom, jerry)
    await invite(spike, tom)
    await block(jerry, spike)

    assert await invite(spike, jerry) == "None"
    await do(tom, "agree", spike)
    await do(tom, "delete", jerry)

    assert {one: row["status"] for one, row in (await friendships(tom)).items()} == {
        jerry.id: 30,
        spike.id: 20,
    }
    assert list(await friendships(jerry)) == [tom.id]
    assert list(await friendships(spike)) == [tom.id]
    expect.refused(await profile(spike, jerry), 403)
    expect.refused(await profile(jerry, spike), 403)


async def test_nothing_is_out_of_date(tom_and_jerry) -> None:
    """A new nickname or portrait is in the next list and profile."""
    tom, jerry = tom_and_jerry
    await befriend(tom, jerry)
    await friendships(tom)
    await profile(tom, jerry)
    uri = "http://test.com/user/abc123.jpg"

    expect.done(await jerry.post("/user/set_nickname", {"nickname": "Jim"}))
    expect.done(await jerry.post("/user/set_portrait_uri", {"portraitUri": uri}))

    for user in (
        (await friendships(tom))[jerry.id]["user"],
        expect.result(await profile(tom, jerry))["user"],
    ):
        assert (user["nickname"], user["portraitUri"]) == ("Jim", uri)


async def test_what_is_announced(tom_and_jerry, announced, ids) -> None:
    """Others hear of the invitation, of the friendship and of its end, each once."""
    tom, jerry = tom_and_jerry
    one, other = ids.decode(tom.id), ids.decode(jerry.id)
    await invite(tom, jerry, "Hello")
    await invite(tom, jerry, "Hello?")
    await do(jerry, "agree", tom)
    await do(tom, "delete", jerry)

    [invited] = await announced(contract.FriendInvited, user_id=one)
    [made] = await announced(contract.FriendsMade, user_id=other)
    [over] = await announced(contract.Unfriended, user_id=one)
    assert invited.data["target_id"] == over.data["target_id"] == other
    assert (made.data["target_id"], made.data["agreed"]) == (one, True)
    for event in (invited, made, over):
        assert tom.phone not in str(event.data)
        assert jerry.phone not in str(event.data)


async def test_many_answers_at_once(people) -> None:
    """However agreeing, ignoring, deleting and inviting meet, both rows fit each other."""
    legal = {(10, 11), (10, 21), (20, 20), (20, 30), (30, 30)}
    for _ in range(5):
        tom, jerry = await several(people, "Tom", "Jerry")
        await invite(tom, jerry)

        replies = await asyncio.gather(
            *(ask_friend(jerry, what, tom.id) for what in ("agree", "ignore", "delete")),
            *(
                ask_friend(one, "invite", other.id, message="Hi")
                for one, other in ((tom, jerry), (jerry, tom))
            ),
            ask_friend(tom, "delete", jerry.id),
        )

        assert {reply.status_code for reply in replies} <= {200, 400, 404}
        pair = await statuses(tom, jerry)
        assert pair in legal or pair[::-1] in legal
