"""What can be asked about invitations."""

from services.profile import days
from services.profile.invitations import rules
from services.profile.invitations.store import InvitationStore
from services.profile.people import People
from services.profile.points.ledger import Ledger
from services.profile.points.rules import REASONS, Want
from shared.clock import now
from shared.contract import Table
from shared.contracts import invitations
from shared.contracts.points import Cause
from shared.mongo import DuplicateKeyError, Mongo, Session
from shared.outbox import Outbox


class InvitationHandlers:
    """Keeps codes, and pays those who brought somebody."""

    def __init__(self, mongo: Mongo, outbox: Outbox, ledger: Ledger, people: People) -> None:
        self._outbox, self._ledger, self._people = outbox, ledger, people
        self._invitations = InvitationStore(mongo)

    async def read(self, ask: invitations.Host) -> invitations.Invitation:
        """Show the caller's code and what it came to."""
        host, inviter_id = await self._invitations.read(ask.user_id)
        return rules.shown(host, inviter_id, days.today())

    async def choose_code(self, ask: invitations.ChooseCode) -> None:
        """Have another code; refuses one that is another's."""
        rules.check_choice(ask.user_id, ask.code)
        try:
            await self._outbox.transact(lambda session: self._choose(session, ask))
        except DuplicateKeyError:
            raise invitations.CodeTaken from None

    async def _choose(self, session: Session, ask: invitations.ChooseCode) -> None:
        if await self._people.keep(session, ask.user_id) is None:
            raise invitations.NoSuchGuest
        if rules.is_own_standard(ask.user_id, ask.code):
            await self._invitations.drop_code(session, ask.user_id)
        else:
            await self._invitations.choose(session, ask.user_id, ask.code)

    async def name_inviter(self, ask: invitations.NameInviter) -> None:
        """Say by whose code one came: once, and the inviter is paid and told."""
        await self._outbox.transact(lambda session: self._name_inviter(session, ask))

    async def _name_inviter(self, session: Session, ask: invitations.NameInviter) -> None:
        guest = await self._people.keep(session, ask.user_id)
        if guest is None:
            raise invitations.NoSuchGuest
        host_id = await self._invitations.owner_of(session, ask.code)
        host_id = host_id or invitations.owner_of_standard(ask.code)
        if host_id == ask.user_id:
            raise invitations.NotInvitedBy
        host = await self._people.keep(session, host_id) if host_id else None
        if host is None:
            raise invitations.NoSuchCode
        rules.check_inviter(guest, host)
        if not await self._invitations.add_guest(session, ask.user_id, host.user_id, now()):
            raise invitations.AlreadyInvited
        await self._count(session, host.user_id, ask.user_id)

    async def _count(self, session: Session, host_id: int, guest_id: int) -> None:
        """Count a guest, pay for them as far as there is pay, and announce it."""
        before = await self._invitations.find(session, host_id)
        counted, pays = rules.brought(before, days.today())
        await self._invitations.keep_counts(session, counted)
        if pays:
            want = Want(
                user_id=host_id,
                change=invitations.REWARD,
                cause=Cause.INVITATION,
                reason=REASONS[Cause.INVITATION],
                key=_key(guest_id),
            )
            await self._ledger.enter(session, want)
        event = invitations.PersonInvited(user_id=guest_id, inviter_id=host_id)
        await self._outbox.record(session, event)

    async def list(self, ask: invitations.ListInvited) -> invitations.InvitedPage:
        """Give a page of those whom the caller brought."""
        return await self._invitations.page(ask)

    async def erase_ahead(self, user_id: int) -> None:
        """Remove most of a person from the side of those who brought others."""
        await self._invitations.erase_ahead(user_id)

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person from both sides of invitations, and from what was paid for them."""
        inviter_id = await self._invitations.erase(user_id, session)
        if inviter_id:
            await self._ledger.forget_key(session, inviter_id, _key(user_id))

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            invitations.read_invitation: self.read,
            invitations.choose_code: self.choose_code,
            invitations.name_inviter: self.name_inviter,
            invitations.list_invited: self.list,
        }


def _key(guest_id: int) -> str:
    """Name the pay for a guest: a person is a guest once."""
    return f"{Cause.INVITATION}:{guest_id}"
