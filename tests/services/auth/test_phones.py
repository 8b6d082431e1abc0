"""Phone numbers, for dialects that show them between friends."""

from typing import Any

import pytest

from shared.contracts import accounts, administration, deletion
from shared.errors import Malformed
from tests.services.auth.visitor import new_email


async def phones(bus, *user_ids: int) -> dict[int, str]:
    """Ask for the numbers of these people."""
    ask = accounts.ReadPhones(user_ids=list(user_ids))
    return {one.user_id: one.phone for one in await bus.ask(accounts.read_phones, ask)}


async def test_numbers_of_those_who_have_one(bus, member, user_id):
    """Whoever has a number is answered, each once; an e-mail address is none."""
    ann, bob, eve = await member(), await member(), await member(address=new_email())

    found = await phones(bus, bob.user_id, ann.user_id, eve.user_id, user_id, bob.user_id)

    assert found == {ann.user_id: ann.address, bob.user_id: bob.address}
    assert await phones(bus) == {}


async def test_no_number_of_who_is_locked_out_or_leaves(bus, member, operate):
    """Nobody disabled or deleted is answered."""
    ann, bob = await member(), await member()
    await operate(
        administration.set_disabled, administration.SetDisabled(user_id=ann.user_id, disabled=True)
    )
    await bob.ask(deletion.delete_account, deletion.DeleteAccount(user_id=bob.user_id))

    assert await phones(bus, ann.user_id, bob.user_id) == {}


async def test_500_at_once(bus, member):
    """Up to 500 people may be asked about."""
    ann = await member()
    others = [2**62 + number for number in range(accounts.PHONES_AT_ONCE - 1)]

    assert await phones(bus, ann.user_id, *others) == {ann.user_id: ann.address}
    with pytest.raises(Malformed):
        await phones(bus, ann.user_id, *others, 2**62 - 1)


async def test_what_is_no_person(bus):
    """Only ids are taken."""
    wrong_ones: list[Any] = [0, -1, "1", None, {"$gt": 0}]
    for wrong in wrong_ones:
        with pytest.raises(Malformed):
            await phones(bus, wrong)
