"""Applications to groups: made, answered, and gone with whoever made them."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.social.blacklist.store import BlacklistStore
from services.social.contacts import rules
from services.social.contacts.rules import Application
from services.social.contacts.store import ApplicationStore
from services.social.groups import rules as group_rules
from services.social.groups.seats import Seats
from services.social.groups.store import GroupStore
from services.social.ids import Ids
from services.social.people import People
from services.social.sync.fan_out import FanOut
from shared.clock import now
from shared.contracts import contacts, friendships, groups, relations
from shared.contracts.contacts import APPLICATIONS_MOST
from shared.contracts.friendships import InviteAction
from shared.mongo import Session
from shared.outbox import Outbox

T = TypeVar("T")


class Applying:
    """Lets people into groups, or keeps that they asked; creators answer."""

    def __init__(
        self,
        outbox: Outbox,
        people: People,
        blacklist: BlacklistStore,
        ids: Ids,
        groups: GroupStore,
        seats: Seats,
        fan_out: FanOut,
        store: ApplicationStore,
    ) -> None:
        self._outbox, self._fan_out = outbox, fan_out
        self._people, self._blacklist, self._ids = people, blacklist, ids
        self._groups, self._seats, self._store = groups, seats, store

    async def apply(self, ask: contacts.Apply) -> InviteAction:
        """Let the caller into a group, or keep their application and announce `GroupAppliedFor`.

        Nothing happens, and nobody is told, while an application of theirs stands (waiting, or
        refused not long ago), and if the creator has blacklisted them.
        """
        application_id = await self._ids.one()

        async def work(session: Session) -> tuple[InviteAction, list[str]]:
            group = await self._groups.hold(session, ask.contact_id)
            applicant = [ask.owner_id]
            present = await self._groups.present(session, group.group_id, applicant)
            group_rules.check_joining(applicant, present)
            group_rules.check_open(group)
            if group_rules.is_open_by_number(group):
                by = ask.owner_id
                return InviteAction.ADDED, await self._let_in(session, group, by, by)
            if await self._blacklist.lists(session, group.creator_id, ask.owner_id):
                return InviteAction.NONE, []
            return await self._keep(session, group, ask, application_id), []

        return await self._do(work)

    async def _keep(
        self, session: Session, group: groups.Group, ask: contacts.Apply, application_id: int
    ) -> InviteAction:
        time, who = now(), ask.owner_id
        if rules.stands(await self._store.of(session, group.group_id, who), time):
            return InviteAction.NONE
        await self._people.keep(session, [who])
        if await self._store.is_full(session, group.group_id, who, APPLICATIONS_MOST, time):
            raise relations.TooMany(most=APPLICATIONS_MOST)
        application = Application(
            application_id=application_id,
            group_id=group.group_id,
            user_id=who,
            message=ask.message,
            created_at=time,
            refused=False,
            expires_at=time + rules.WAITS,
        )
        await self._store.put(session, application)
        event = contacts.GroupAppliedFor(
            user_id=who,
            group_id=group.group_id,
            creator_id=group.creator_id,
            application_id=application_id,
            message=ask.message,
        )
        await self._outbox.record(session, event)
        return InviteAction.SENT

    async def answer(self, ask: contacts.AnswerApplication) -> bool:
        """Let an applicant in as the creator wants, or refuse; false if it is no application.

        Announces `GroupJoined` or `GroupApplicationRefused`.
        """

        async def work(session: Session) -> tuple[bool, list[str]]:
            application = await self._store.find(session, ask.application_id)
            if application is None:
                return False, []
            try:
                group = await self._groups.hold(session, application.group_id)
            except groups.NoSuchGroup:
                raise friendships.NoSuchInvitation from None
            rules.check_answer(ask.owner_id, group, application, now())
            if not ask.agreed:
                await self._refuse(session, application)
                return True, []
            group_rules.check_open(group)
            who = application.user_id
            return True, await self._let_in(session, group, who, ask.owner_id)

        return await self._do(work)

    async def _let_in(self, session: Session, group: groups.Group, who: int, by: int) -> list[str]:
        return await self._seats.let_in(session, group, [who], by)

    async def _refuse(self, session: Session, application: Application) -> None:
        until = now() + rules.AGAIN_AFTER_REFUSED
        await self._store.refuse(session, application.application_id, until)
        event = contacts.GroupApplicationRefused(
            user_id=application.user_id,
            group_id=application.group_id,
            application_id=application.application_id,
        )
        await self._outbox.record(session, event)

    async def waiting(self, creator_id: int, after: int) -> list[Application]:
        """Give applications to the groups that somebody leads, by id."""
        led = await self._groups.led_by(creator_id)
        if not led:
            return []
        return await self._store.waiting(led, after, contacts.PAGE_MOST, now())

    async def _do(self, work: Callable[[Session], Awaitable[tuple[T, list[str]]]]) -> T:
        done, jobs = await self._outbox.transact(work)
        await self._fan_out.run_now(*jobs)
        return done
