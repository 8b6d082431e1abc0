"""Telling the owner of an account what happened to it, on an address that they have or had.

A notice is written in the transaction of what it is about, and handed to notify when the event of
the same change comes round, again and again until notify's stream has it. Its id stays the same, so
that it is sent once.
"""

import uuid
from datetime import UTC, datetime, timedelta

from nats.js import JetStreamContext

from services.auth.accounts.store import StoredAccount
from services.auth.notices.store import MongoNotices, StoredNotice
from shared.contract import Event, Listeners
from shared.contracts import accounts, bindings, deletion, logins, notify, passwords
from shared.encoding import to_msgpack
from shared.mongo import Session

LIFETIME = timedelta(days=3)
"""After this a notice is of no use and is not sent any more."""

HOME = "+86"
"""Numbers that begin so are written to in Chinese."""


class Notices:
    """Writes to people about their accounts."""

    def __init__(self, notices: MongoNotices, js: JetStreamContext) -> None:
        self._notices, self._js = notices, js

    async def record(
        self,
        session: Session,
        account: StoredAccount,
        template: str,
        to: str | None = None,
        **parameters: str,
    ) -> None:
        """Add a notice to a transaction: to an address, or to one that the account has.

        That is the e-mail address if there is one: an SMS costs money and reaches no archive.
        """
        notice = _notice(account, template, to, uuid.uuid4().hex, parameters)
        if notice:
            await self._notices.insert(session, notice)

    async def record_address(
        self, session: Session, account: StoredAccount, before: str | None, after: str | None
    ) -> None:
        """Add the notices that `after` is an address of this account now, in place of `before`.

        Told are the one that went, or else the one that the person was written to until now, and
        the one that they are written to from now on.
        """
        stayed = [one for one in (account.email, account.phone) if one and one != before]
        present = sorted([*stayed, *([after] if after else [])], key=lambda one: "@" not in one)
        until_now = before or account.email or account.phone
        for to in dict.fromkeys((until_now, *present[:1])):
            await self.record(session, account, "address_changed", to=to)

    async def tell(self, account: StoredAccount, template: str, about: str) -> None:
        """Hand a notice over at once, for a listener on an event of another service.

        `about` names what happened: the notice of one such thing is sent once.
        """
        notice = _notice(account, template, None, notify.message_id(template, about), {})
        if notice:
            await self._hand_over(notice)

    async def on_event(self, event: Event, _: Session) -> None:
        """Hand over what waits for the person that something happened to."""
        for notice in await self._notices.waiting(event.user_id):
            await self._hand_over(notice)
            await self._notices.remove(notice.id)

    async def _hand_over(self, notice: StoredNotice) -> None:
        message = notify.Send(
            id=notice.id,
            channel=notify.Channel.EMAIL if "@" in notice.to else notify.Channel.SMS,
            to=notice.to,
            template=notice.template,
            parameters=notice.parameters,
            locale=notice.locale,
            expires_at=notice.expires_at,
            user_id=None if notice.template == "account_deleted" else notice.user_id,
        )
        await self._js.publish(
            notify.WORK,
            to_msgpack(message),
            timeout=3,
            headers={"Nats-Msg-Id": notice.id},
        )

    def listeners(self) -> Listeners:
        """The events of what people are told about."""
        kinds = (
            logins.NewNetworkSeen,
            passwords.PasswordChanged,
            bindings.AddressChanged,
            accounts.UserDisabled,
            deletion.UserDeleting,
        )
        return dict.fromkeys(kinds, self.on_event)


def _notice(
    account: StoredAccount,
    template: str,
    to: str | None,
    notice_id: str,
    parameters: dict[str, str],
) -> StoredNotice | None:
    """Write a notice; nothing for an account without an address."""
    address = to or account.email or account.phone
    if address is None:
        return None
    now = datetime.now(UTC)
    return StoredNotice(
        id=notice_id,
        user_id=account.user_id,
        to=address,
        template=template,
        parameters={
            "username": account.username,
            "time": notify.shown_time(now),
            **parameters,
        },
        locale="zh-CN" if (account.phone or HOME).startswith(HOME) else "en",
        expires_at=now + LIFETIME,
    )
