"""Points: the history, checking in, and inviting people."""

import msgspec

from gateway.core import Core
from gateway.dialects.thinksns import inputs, lists, views
from gateway.dialects.thinksns.checks import Checks, Wrong, required
from gateway.dialects.thinksns.envelope import Refused
from gateway.dialects.thinksns.moments import moment
from gateway.dialects.thinksns.people import People
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import checkins, invitations, points
from shared.contracts.points import Cause

INCOME, SPENDING = 1, -1
DONE = 1
INVITE_CODE_MOST = 64
"""Characters."""

_TARGETS = {
    Cause.GRANT: "default",
    Cause.CHECKIN: "task",
    Cause.RAFFLE: "task",
    Cause.FIRST_AVATAR: "task",
    Cause.FIRST_NICKNAME: "task",
    Cause.ADVERT: "task",
    Cause.INVITATION: "user",
    Cause.REWARD: "user",
    Cause.PUBLISHING: "user",
    Cause.PURCHASE: "commodity",
}
"""What this dialect calls the causes of a change."""


class Order(msgspec.Struct, frozen=True):
    """One change of one's points."""

    id: int
    owner_id: int
    title: str
    body: str | None
    type: int
    target_type: str
    target_id: str
    currency: int
    amount: int
    state: int
    created_at: str
    updated_at: str


class SignDay(msgspec.Struct, frozen=True):
    """One day of the week in which one checks in."""

    day: int
    get_integral: int
    is_sign: bool
    today: bool


class SignView(msgspec.Struct, frozen=True, rename="camel"):
    """How many days one has checked in without a gap, and the seven days one is in."""

    sign_day: int
    sign_list: list[SignDay]


class Signed(msgspec.Struct, frozen=True):
    """What a check-in brought."""

    day: int
    get_integral: int


class SignedToday(msgspec.Struct, frozen=True):
    """Whether one has checked in today."""

    is_sign: bool


class InvitedUsers(msgspec.Struct, frozen=True):
    """Whom one brought here, and what that was worth."""

    scores_count: int
    users_count: int
    users: list[views.User]


class Points(Handlers):
    """Shows and earns points."""

    def __init__(self, core: Core, people: People) -> None:
        self.core, self.people = core, people

    async def orders(
        self,
        caller: Caller,
        limit: str | None = None,
        after: str | None = None,
        action: str | None = None,
        type: str | None = None,
    ) -> list[Order]:
        """List how one's points changed, the latest first, after the id of the last one seen.

        `type` is 1 for what came in and -1 for what went; nothing was ever bought or paid out, so
        that with `action` (`recharge`, `cash`) there is nothing.
        """
        if action in ("recharge", "cash"):
            return []
        ask = points.ListEntries(
            user_id=caller.user_id,
            limit=lists.limit(limit),
            before=lists.user_id(after),
            income={"1": True, "-1": False}.get(type or ""),
        )
        page = await self.core.bus.ask(points.list_entries, ask, caller=caller)
        return [_order(one) for one in page.entries]

    async def sign_view(self, caller: Caller) -> SignView:
        """Show the seven days that one is in."""
        cycle = await self._cycle(caller)
        days = [
            SignDay(one.day, views.points(one.points), one.done, one.today) for one in cycle.days
        ]
        return SignView(cycle.streak, days)

    async def sign(self, caller: Caller) -> Signed:
        """Check in, once a day of UTC+8: 403 if one has today."""
        done = await self._check_in(caller)
        return Signed(done.streak, views.points(done.points))

    async def check_in(self, caller: Caller) -> None:
        """Check in as older clients do."""
        await self._check_in(caller)

    async def signed_today(self, caller: Caller) -> SignedToday:
        """Tell whether one has checked in today."""
        return SignedToday((await self._cycle(caller)).checked_in_today)

    async def name_inviter(self, data: inputs.InviteCode, caller: Caller) -> None:
        """Say by whose code one came here; once."""
        checks = Checks()
        code = checks.of("invite_code", required(_invite_code), data.invite_code)
        checks.end()
        ask = invitations.NameInviter(user_id=caller.user_id, code=code)
        await self.core.bus.ask(invitations.name_inviter, ask, caller=caller)

    async def invited(
        self, caller: Caller, limit: str | None = None, offset: str | None = None
    ) -> InvitedUsers:
        """Show whom one brought here, the latest first."""
        host = invitations.Host(user_id=caller.user_id)
        ask = invitations.ListInvited(
            user_id=caller.user_id, limit=lists.limit(limit), skip=lists.offset(offset)
        )
        own = await self.core.bus.ask(invitations.read_invitation, host, caller=caller)
        page = await self.core.bus.ask(invitations.list_invited, ask, caller=caller)
        ids = (one.user_id for one in page.invited)
        users = await self.people.shown(ids, caller, disabled=True)
        return InvitedUsers(views.points(own.income), own.invited, users)

    async def _cycle(self, caller: Caller) -> checkins.Cycle:
        ask = checkins.Checkin(user_id=caller.user_id)
        return await self.core.bus.ask(checkins.read_cycle, ask, caller=caller)

    async def _check_in(self, caller: Caller) -> checkins.CheckedIn:
        ask = checkins.Checkin(user_id=caller.user_id)
        try:
            return await self.core.bus.ask(checkins.check_in, ask, caller=caller)
        except checkins.AlreadyCheckedIn:
            raise Refused(403, "今日已签到") from None


def _invite_code(text: str) -> str:
    if len(text) > INVITE_CODE_MOST:
        raise Wrong("邀请码不存在")
    return text


def _order(entry: points.Entry) -> Order:
    at = moment(entry.at)
    return Order(
        id=entry.number,
        owner_id=entry.user_id,
        title=entry.reason,
        body=entry.remark or None,
        type=INCOME if entry.change > 0 else SPENDING,
        target_type=_TARGETS[entry.cause],
        target_id="0",
        currency=1,
        amount=views.points(abs(entry.change)),
        state=DONE,
        created_at=at,
        updated_at=at,
    )
