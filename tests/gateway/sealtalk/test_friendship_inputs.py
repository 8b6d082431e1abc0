"""Friendships through the sealtalk dialect (reference 3.1): what is taken, and what is shown."""

from typing import Any

import pytest

from shared.contracts import administration
from tests.gateway.sealtalk import expect
from tests.gateway.sealtalk.test_friendship import ANSWERS
from tests.gateway.sealtalk.together import (
    BAD_IDS,
    ask_friend,
    befriend,
    do,
    friendships,
    invite,
    profile,
    several,
)

POSTED = {
    "invite": {"message": "Hi"},
    "agree": {},
    "ignore": {},
    "delete": {},
    "set_display_name": {"displayName": "J"},
}
GOOD_MESSAGES = ["H", "x" * 64, "😀" * 64, "O'Neil <b>&amp;", "汤姆"]
BAD_MESSAGES: list[Any] = ["", "x" * 65, "😀" * 65, "a\x00b", "\u202e", None, 7, [], ["Hi"], {}]


@pytest.mark.parametrize("message", GOOD_MESSAGES)
async def test_messages_of_1_to_64_characters(tom_and_jerry, message) -> None:
    """A message comes as it was written."""
    tom, jerry = tom_and_jerry

    await invite(tom, jerry, message)

    assert (await friendships(jerry))[tom.id]["message"] == message


async def test_messages_that_are_refused(tom_and_jerry) -> None:
    """No message, an empty one or one of 65 characters gets 400, and nobody is asked."""
    tom, jerry = tom_and_jerry

    for message in BAD_MESSAGES:
        expect.refused(await ask_friend(tom, "invite", jerry.id, message=message), 400)
    expect.refused(await ask_friend(tom, "invite", jerry.id), 400)

    assert await friendships(jerry) == await friendships(tom) == {}


@pytest.mark.parametrize("name", ["J", "x" * 32, "😀" * 32, "O'Neil <b>&amp;", ""])
async def test_names_of_0_to_32_characters(tom_and_jerry, name) -> None:
    """A friend is called as one likes, and the friend does not see it."""
    tom, jerry = tom_and_jerry
    await befriend(tom, jerry)
    expect.done(await ask_friend(tom, "set_display_name", jerry.id, displayName="Before"))

    expect.done(await ask_friend(tom, "set_display_name", jerry.id, displayName=name))

    assert (await friendships(tom))[jerry.id]["displayName"] == name
    assert expect.result(await profile(tom, jerry))["displayName"] == name
    assert (await friendships(jerry))[tom.id]["displayName"] == ""


async def test_no_name(tom_and_jerry) -> None:
    """`null` clears a name as an empty one does; no name at all is told 400."""
    tom, jerry = tom_and_jerry
    await befriend(tom, jerry)
    expect.done(await ask_friend(tom, "set_display_name", jerry.id, displayName="J"))
    expect.refused(await ask_friend(tom, "set_display_name", jerry.id), 400)
    wrong: list[Any] = ["x" * 33, "😀" * 33, "a\nb", "\x00", 7, [], {}, ["J"]]
    for name in wrong:
        reply = await ask_friend(tom, "set_display_name", jerry.id, displayName=name)
        expect.refused(reply, 400)
    assert (await friendships(tom))[jerry.id]["displayName"] == "J"

    expect.done(await ask_friend(tom, "set_display_name", jerry.id, displayName=None))

    assert (await friendships(tom))[jerry.id]["displayName"] == ""


async def test_only_friends_have_names(tom_and_jerry) -> None:
    """Before, while asking, and after parting it is 404."""
    tom, jerry = tom_and_jerry

    async def refused(*pair) -> None:
        for one, other in (pair, pair[::-1]):
            reply = await ask_friend(one, "set_display_name", other.id, displayName="J")
            expect.refused(reply, 404)

    await refused(tom, jerry)
    await invite(tom, jerry)
    await refused(tom, jerry)
    await do(jerry, "agree", tom)
    await do(tom, "delete", jerry)
    reply = await ask_friend(tom, "set_display_name", jerry.id, displayName="J")
    expect.refused(reply, 404)


async def test_strangers(people, ids, user_id) -> None:
    """A stranger cannot be answered (404) or looked into (403); nobody cannot be invited (400)."""
    tom, jerry = await several(people, "Tom", "Jerry")

    for stranger in (jerry.id, ids.encode(user_id)):
        for what in ANSWERS:
            expect.refused(await ask_friend(tom, what, stranger), 404)
        expect.refused(await tom.get(f"/friendship/{stranger}/profile"), 403)
    reply = await ask_friend(tom, "invite", ids.encode(user_id), message="Hi")
    expect.refused(reply, 400)

    assert await friendships(tom) == {}


async def test_a_stranger_is_as_good_as_nobody(people, ids, user_id) -> None:
    """The answer about a stranger's profile is that about nobody's, to the byte."""
    tom, jerry = await several(people, "Tom", "Jerry")

    stranger = await profile(tom, jerry)
    nobody = await tom.get(f"/friendship/{ids.encode(user_id)}/profile")

    assert stranger.content == nobody.content


@pytest.mark.parametrize("what", POSTED)
async def test_ids_that_are_none(people, what) -> None:
    """An id in a body that is empty, of another type or never given is told 400."""
    tom, jerry = await several(people, "Tom", "Jerry")

    for bad in BAD_IDS:
        expect.refused(await ask_friend(tom, what, bad, **POSTED[what]), 400)
    for body in (POSTED[what], [], [jerry.id], "x", None):
        expect.refused(await tom.post(f"/friendship/{what}", body), 400)


@pytest.mark.parametrize("word", ["x", "nobody00", "x" * 64, "x" * 65, "a-b", "%00", "%ff", "好"])
async def test_paths_that_name_nobody(people, word) -> None:
    """An id in a path that was never given is told 404."""
    tom = await people.one()

    expect.refused(await tom.get(f"/friendship/{word}/profile"), 404)


async def test_other_methods(people) -> None:
    """Each path has the one method that clients use."""
    tom = await people.one()

    for what in POSTED:
        expect.refused(await tom.get(f"/friendship/{what}"), 405)
    expect.refused(await tom.post("/friendship/all", {}), 405)
    expect.refused(await tom.post(f"/friendship/{tom.id}/profile", {}), 405)


async def test_a_disabled_friend(people, operate, ids) -> None:
    """Of who is locked out no number is shown."""
    tom, jerry = await several(people, "Tom", "Jerry")
    await befriend(tom, jerry)

    await operate(
        administration.set_disabled,
        administration.SetDisabled(user_id=ids.decode(jerry.id), disabled=True),
    )

    assert expect.result(await profile(tom, jerry))["user"]["phone"] == ""


async def test_who_left(people, leave, eventually) -> None:
    """Whoever deletes their account is in no list, and no number of theirs is shown."""
    tom, jerry = await several(people, "Tom", "Jerry")
    await befriend(tom, jerry)

    await leave(jerry)

    assert jerry.phone not in (await tom.get("/friendship/all")).text

    async def is_alone() -> bool:
        return await friendships(tom) == {}

    await eventually(is_alone)
    expect.refused(await profile(tom, jerry), 403)
