"""Notices about accounts: written with the change, handed over until notify's stream has them."""

import asyncio
from typing import cast

import pytest
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext

from services.auth.notices.handlers import Notices
from services.auth.notices.store import MongoNotices
from shared.contracts import codes, notify, passwords, registration
from tests.services.auth.visitor import PURPOSE, Visitor, new_email


class Stumbling:
    """JetStream that does not hear the first message."""

    def __init__(self, js) -> None:
        self._js, self.heard = js, 0

    async def publish(self, *arguments, **fields):
        self.heard += 1
        if self.heard == 1:
            raise NatsTimeout
        return await self._js.publish(*arguments, **fields)


@pytest.fixture
async def owner(workshop):
    """Somebody with an account on a database of their own."""
    email = new_email()
    token = await workshop.codes.make_token(email, PURPOSE)
    ask = registration.Register(proof=codes.ByToken(token=token, purpose=PURPOSE), dialect="leaf")
    made = await workshop.table[registration.register](ask)
    return await workshop.accounts.find(user_id=made.user_id)


async def test_a_notice_waits_until_the_stream_has_it_and_is_sent_once(
    workshop, owner, bus, js, eventually
):
    """It is kept when it could not be handed over, and a second hand-over is the same message."""
    notices = Notices(MongoNotices(workshop.mongo), cast(JetStreamContext, Stumbling(js)))
    event = passwords.PasswordChanged(user_id=owner.user_id, how="reset")
    await workshop.mongo.transact(
        lambda session: notices.record(session, owner, "password_changed")
    )
    waiting = await MongoNotices(workshop.mongo).waiting(owner.user_id)

    async def hear():
        await workshop.mongo.transact(lambda session: notices.on_event(event, session))

    with pytest.raises(NatsTimeout):
        await hear()

    await asyncio.gather(hear(), hear())

    reader = Visitor(bus, address=owner.email)

    async def told():
        return await reader.messages()

    [message] = await eventually(told)
    assert (message.template, message.channel) == ("password_changed", notify.Channel.EMAIL)
    assert len(waiting) == 1
    assert await MongoNotices(workshop.mongo).waiting(owner.user_id) == []


async def test_a_change_that_is_not_committed_is_not_told(workshop, owner):
    """The notice goes with the transaction that it was written in."""

    async def fails(session):
        await workshop.notices.record(session, owner, "password_changed")
        raise passwords.WrongPassword

    with pytest.raises(passwords.WrongPassword):
        await workshop.mongo.transact(fails)

    assert await MongoNotices(workshop.mongo).waiting(owner.user_id) == []
