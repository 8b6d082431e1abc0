"""Contacts: people, groups and bots by the same few calls; and what one decided about each."""

from gateway.core import Core
from gateway.dialects.yunhu import discovery_views as views
from gateway.dialects.yunhu import rules, words
from gateway.dialects.yunhu.envelope import Done
from gateway.dialects.yunhu.words import Refused
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import bots, contacts, remarks, social
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
        except (social.AlreadyFriends, social.AlreadyAMember, bots.AlreadyAdded):
            raise Refused(words.ALREADY_ADDED, ALREADY_ADDED) from None
        return Done()

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
        ask = remarks.Note(
            owner_id=caller.user_id,
            chat_id=rules.chat(data.chat_id),
            muted=bool(data.no_notify),
        )
        await self.core.bus.ask(remarks.note, ask, caller=caller)
        return Done()
