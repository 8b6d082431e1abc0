"""What happens to contacts, in order: each kind goes its own way."""

from services.social.bots.handlers import BotHandlers
from services.social.contacts import rules
from services.social.contacts.applying import Applying
from services.social.friendships.handlers import FriendshipHandlers
from services.social.friendships.rules import check_message
from services.social.groups.handlers import GroupHandlers
from shared.contract import Table
from shared.contracts import bots, contacts, friendships, groups
from shared.contracts.contacts import ContactKind
from shared.contracts.friendships import InviteAction


class ContactHandlers:
    """Asks for contacts, answers those who ask, and gives contacts up."""

    def __init__(
        self,
        befriending: FriendshipHandlers,
        grouping: GroupHandlers,
        bots: BotHandlers,
        applying: Applying,
    ) -> None:
        self._befriending, self._grouping, self._bots = befriending, grouping, bots
        self._applying = applying

    async def apply(self, ask: contacts.Apply) -> friendships.Invited:
        """Invite a person, join a group or ask its creator, or add a bot.

        Refuses as those do, oneself, and a message that cannot be shown.
        """
        rules.check(ask)
        check_message(ask.message)
        owner_id, contact_id = ask.owner_id, ask.contact_id
        match ask.kind:
            case ContactKind.USER:
                return await self._befriending.invite(
                    friendships.Invite(owner_id=owner_id, target_id=contact_id, message=ask.message)
                )
            case ContactKind.GROUP:
                return friendships.Invited(action=await self._applying.apply(ask))
            case ContactKind.BOT:
                await self._bots.add(bots.OneBot(owner_id=owner_id, bot_id=contact_id))
                return friendships.Invited(action=InviteAction.ADDED)

    async def answer(self, ask: contacts.AnswerApplication) -> None:
        """Agree to be somebody's friend or to let somebody into a group, or refuse.

        Of a person an invitation is left unanswered, and they are not told; an applicant to a group
        is told by `GroupApplicationRefused`, and may apply again after a day.
        """
        if await self._applying.answer(ask):
            return
        invitation = friendships.AnswerInvitation(
            owner_id=ask.owner_id, target_id=ask.application_id
        )
        if ask.agreed:
            await self._befriending.agree(invitation)
        else:
            await self._befriending.ignore(invitation)

    async def applications(self, ask: contacts.ListApplications) -> list[contacts.Application]:
        """Give a page of who waits for the caller: to be friends, or to come into a group."""
        invitations = await self._befriending.waiting(ask.owner_id, ask.after, contacts.PAGE_MOST)
        to_groups = await self._applying.waiting(ask.owner_id, ask.after)
        found = [
            contacts.Application(
                application_id=one.target_id,
                kind=ContactKind.USER,
                user_id=one.target_id,
                message=one.message,
                created_at=one.updated_at,
            )
            for one in invitations
        ]
        found += [
            contacts.Application(
                application_id=one.application_id,
                kind=ContactKind.GROUP,
                user_id=one.user_id,
                message=one.message,
                created_at=one.created_at,
                group_id=one.group_id,
            )
            for one in to_groups
        ]
        return sorted(found, key=_application_id)[: contacts.PAGE_MOST]

    async def remove(self, ask: contacts.OneContact) -> None:
        """End a friendship on the caller's side, leave a group, or remove a bot."""
        owner_id, contact_id = ask.owner_id, ask.contact_id
        match ask.kind:
            case ContactKind.USER:
                await self._befriending.unfriend(
                    friendships.AnswerInvitation(owner_id=owner_id, target_id=contact_id)
                )
            case ContactKind.GROUP:
                await self._grouping.quit(groups.OneGroup(owner_id=owner_id, group_id=contact_id))
            case ContactKind.BOT:
                await self._bots.remove(bots.OneBot(owner_id=owner_id, bot_id=contact_id))

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            contacts.apply: self.apply,
            contacts.answer_application: self.answer,
            contacts.list_applications: self.applications,
            contacts.remove_contact: self.remove,
        }


def _application_id(one: contacts.Application) -> int:
    return one.application_id
