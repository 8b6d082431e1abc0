"""`userhub events republish`: a stream that was lost is filled again."""

from datetime import UTC, datetime

import pytest

from shared.caller import Caller
from shared.contracts import accounts, outboxes, registration
from shared.contracts.accounts import Role
from shared.errors import NotAllowed


async def test_what_was_published_is_published_again(
    userhub, bus, people, announced, mongo, eventually
):
    """Every service publishes again what it published since a time, and says how much that is."""
    began = datetime.now(UTC)
    tom = await people.one(nickname="Tom")
    user_id = (
        await bus.ask(accounts.find_by_address, accounts.ByAddress(address=tom.e164))
    ).user_id
    [registered] = await announced(registration.UserRegistered, user_id)
    outbox = mongo("userhub_auth")["outbox"]

    async def published_at():  # noted a moment after it is in the stream
        return (await outbox.find_one({"_id": registered.id})).get("published_at")

    before = await eventually(published_at)

    said = await userhub("events", "republish", began.isoformat())

    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(outboxes.SERVICES)
    assert int(lines[0].split()[1]) >= 1

    async def again():
        at = await published_at()
        return at and at > before

    await eventually(again)


@pytest.mark.parametrize("since", ["yesterday", "2026-11-25T12:00:00"])
async def test_a_time_without_a_zone_is_none(userhub, since):
    """What is no moment is not guessed."""
    said = await userhub("events", "republish", since)

    assert (said.code, said.out) == (1, "")


async def test_only_the_highest_role_may(bus):
    """An administrator who is not the highest does not publish again."""
    ask = outboxes.Republish(since=datetime.now(UTC), until=datetime.now(UTC))
    with pytest.raises(NotAllowed):
        await bus.ask(outboxes.republish("auth"), ask, caller=Caller(1, "s", Role.ADMIN))
