"""Contacts: people, groups and bots by the same few calls; and what one decided about each."""

import asyncio

from litestar import Response

import gateway.dialects.yunhu.proto.yunhu_pb2 as pb
from gateway.core import Core
from gateway.dialects.yunhu import contact_views, protobuf, rules, words
from gateway.dialects.yunhu import discovery_views as views
from gateway.dialects.yunhu.envelope import Done
from gateway.dialects.yunhu.words import Refused
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import bots, contacts, directory, friendships, groups, remarks
from shared.contracts.contacts import ContactKind

ALREADY_ADDED = -9
"""The code for who is a contact already (reference 0.5)."""

_NUMBER_OF = {
    ContactKind.USER: rules.user,
    ContactKind.GROUP: rules.group,
    ContactKind.BOT: rules.bot,
}
AGREED = 1


class Contacts(Handlers):
    """Adds and removes contacts, and answers who wants to be one."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def apply(self, data: views.Wish, caller: Caller) -> Done:
        """Ask a person, join a group or ask its creator, add a bot: -9 if that is done already."""
        kind = ContactKind(data.chat_type)
        ask = contacts.Apply(
            owner_id=caller.user_id,
            contact_id=_NUMBER_OF[kind](data.chat_id),
            kind=kind,
            message=data.remark,
        )
        try:
            await self.core.bus.ask(contacts.apply, ask, caller=caller)
        except (friendships.AlreadyFriends, groups.AlreadyAMember, bots.AlreadyAdded):
            raise Refused(words.ALREADY_ADDED, ALREADY_ADDED) from None
        return Done()

    async def requests(self, caller: Caller) -> Response[bytes]:
        """List who waits to be let in, to oneself or to a group of one's own."""
        user_id = caller.user_id
        ask = contacts.ListApplications(owner_id=user_id)
        found = await self.core.bus.ask(contacts.list_applications, ask, caller=caller)
        group_ids = [one.group_id for one in found if one.group_id]
        people, applied_for = await asyncio.gather(
            self.core.profiles.many([user_id, *(one.user_id for one in found)]),
            self.core.bus.ask(directory.read_groups, directory.ReadGroups(group_ids=group_ids)),
        )
        shown = {one.user_id: one for one in people}
        named: dict[int | None, groups.Group] = {one.group_id: one for one in applied_for}
        rows = [
            contact_views.request(one, shown[user_id], shown[one.user_id], named.get(one.group_id))
            for one in found
            if one.user_id in shown
        ]
        status = protobuf.status()
        return protobuf.answer(
            pb.request_list(status=status, requests=rows, total=len(rows), pending=len(rows))
        )

    async def answer(self, data: views.Answer, caller: Caller) -> Done:
        """Let somebody in who applied (1), or not (2)."""
        ask = contacts.AnswerApplication(
            owner_id=caller.user_id, application_id=data.id, agreed=data.agree == AGREED
        )
        await self.core.bus.ask(contacts.answer_application, ask, caller=caller)
        return Done()

    async def remove(self, data: views.Contact, caller: Caller) -> Done:
        """End a friendship, leave a group, or remove a bot."""
        kind = ContactKind(data.chat_type)
        ask = contacts.OneContact(
            owner_id=caller.user_id, contact_id=_NUMBER_OF[kind](data.chat_id), kind=kind
        )
        await self.core.bus.ask(contacts.remove_contact, ask, caller=caller)
        return Done()

    async def silence(self, data: views.Silence, caller: Caller) -> Done:
        """Have no notifications of a chat (1), or have them again (0)."""
        chat_id, muted = rules.chat(data.chat_id), bool(data.no_notify)
        ask = remarks.Note(owner_id=caller.user_id, chat_id=chat_id, muted=muted)
        await self.core.bus.ask(remarks.note, ask, caller=caller)
        return Done()

    async def pin(self, data: views.Contact, caller: Caller) -> Done:
        """Keep a chat above the others."""
        return await self._pin(data, caller, pinned=True)

    async def unpin(self, data: views.Contact, caller: Caller) -> Done:
        """Keep a chat among the others again."""
        return await self._pin(data, caller, pinned=False)

    async def _pin(self, data: views.Contact, caller: Caller, *, pinned: bool) -> Done:
        chat_id = _NUMBER_OF[ContactKind(data.chat_type)](data.chat_id)
        ask = remarks.Note(owner_id=caller.user_id, chat_id=chat_id, pinned=pinned)
        await self.core.bus.ask(remarks.note, ask, caller=caller)
        return Done()
