"""Hashing passwords."""

import asyncio
import unicodedata

import pytest

from services.auth.passwords.hashing import Hash, Hasher
from shared.errors import Busy
from shared.settings import Key, KeyRing

OLD, NEW = Key(bytes(range(32))), Key(bytes(range(7, 39)))


def hasher(peppers=None, memory=7168, passes=1, threads=1, queue=64) -> Hasher:
    return Hasher(KeyRing(peppers or {"old": OLD}), memory, passes, threads, queue)


async def test_a_hash_knows_its_password():
    """The password is right in every form in which it can be typed, any other is wrong."""
    one = hasher()
    known = await one.hash("Größe 12 ½")

    assert await one.verify("Größe 12 ½", known)
    assert await one.verify(unicodedata.normalize("NFD", "Größe 12 ½"), known)
    assert not await one.verify("größe 12 ½", known)
    assert not await one.verify("Größe 12 ½ ", known)


async def test_no_part_of_a_long_password_is_ignored():
    """Of 1,024 characters the last one counts."""
    one = hasher()
    known = await one.hash("x" * 1023 + "y")

    assert not await one.verify("x" * 1024, known)


async def test_hashes_are_salted_argon2id():
    """The same password twice gives two hashes, with the parameters asked for."""
    one = hasher(memory=8192, passes=2)
    first, second = await one.hash("same"), await one.hash("same")

    assert first != second
    assert first.encoded.startswith("$argon2id$v=19$m=8192,t=2,p=1$")


async def test_nobody_has_a_password():
    """Where there is no hash no password is right."""
    assert not await hasher().verify("anything", None)


async def test_without_its_pepper_a_hash_is_worthless():
    """A hash of an unknown pepper, of another key, or that is no hash, fits no password."""
    known = await hasher().hash("words")

    assert not await hasher({"new": NEW}).verify("words", known)
    assert not await hasher({"old": NEW}).verify("words", known)
    assert not await hasher().verify("words", Hash("no hash", "old"))


@pytest.mark.parametrize(
    ("today", "outdated"),
    [
        ({}, False),
        ({"memory": 8192}, True),
        ({"passes": 2}, True),
        ({"peppers": {"new": NEW, "old": OLD}}, True),
        ({"peppers": {"old": OLD, "new": NEW}}, False),
    ],
)
async def test_what_is_outdated(today, outdated):
    """Other parameters or another first pepper make a hash outdated, and still good."""
    known = await hasher().hash("words")
    now = hasher(**today)

    assert now.outdated(known) is outdated
    assert await now.verify("words", known)
    assert not now.outdated(await now.hash("words"))


async def test_both_sides_of_the_queue():
    """As many may wait as the queue has places; one more is told that we are busy, at once."""
    one = hasher(queue=3)
    waiting = [asyncio.create_task(one.hash("words")) for _ in range(4)]
    await asyncio.sleep(0)

    with pytest.raises(Busy):
        await one.hash("words")
    await asyncio.gather(*waiting)
    assert await one.verify("words", await one.hash("words"))


async def test_the_event_loop_goes_on():
    """While passwords are hashed, other work on the loop is not held up by them."""
    one = hasher(memory=65536, passes=2)
    hashing = asyncio.create_task(one.hash("words"))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0.001)  # the hasher's threads run when nothing else does
        turns += 1

    assert turns > 5
