"""Coins: how they came and went, the small tasks that bring some, and inviting others."""

from gateway.core import Core
from gateway.dialects.yunhu import moments, rules, views
from gateway.dialects.yunhu.envelope import Done, Ok
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import invitations, points, tasks
from shared.contracts.points import Cause

TYP = {
    Cause.GRANT: 1,
    Cause.REWARD: 2,
    Cause.PUBLISHING: 3,
    Cause.FIRST_AVATAR: 4,
    Cause.FIRST_NICKNAME: 4,
    Cause.CHECKIN: 5,
    Cause.PURCHASE: 6,
    Cause.ADVERT: 7,
    Cause.RAFFLE: 8,
    Cause.INVITATION: 9,
}
"""The numbers of what changes a balance (reference 3.6); 1 and 5 are free there."""


class Coins(Handlers):
    """Shows one's coins, and earns some."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def record(self, data: views.Page, caller: Caller) -> Ok[views.CoinRecords]:
        """List every change of one's coins, newest first."""
        ask = points.ListEntries(
            user_id=caller.user_id, limit=data.size, skip=min(data.skip, points.DEEPEST_SKIP)
        )
        found = await self.core.bus.ask(points.list_entries, ask, caller=caller)
        rows = [_record(entry) for entry in found.entries]
        return Ok(data=views.CoinRecords(rows, found.total))

    async def tasks(self, caller: Caller) -> Ok[views.CoinTasks]:
        """Tell what one has done for coins."""
        ask = tasks.Doer(user_id=caller.user_id)
        found = await self.core.bus.ask(tasks.read_tasks, ask, caller=caller)
        shown = views.CoinTasks(
            ads_watch_number=found.adverts_watched,
            avatar_edit_number=found.avatar_edits,
            nickname_edit_number=found.nickname_edits,
            raffle_times=found.raffles,
        )
        return Ok(data=shown)

    async def raffle(self, caller: Caller) -> Done:
        """Draw a prize, which is among one's coins at once; three times a day."""
        ask = tasks.Doer(user_id=caller.user_id)
        await self.core.bus.ask(tasks.draw, ask, caller=caller)
        return Done()

    async def invite_progress(self, caller: Caller) -> Ok[views.InviteProgress]:
        """Tell how many one has brought, and up to how many that pays."""
        ask = invitations.Host(user_id=caller.user_id)
        found = await self.core.bus.ask(invitations.read_invitation, ask, caller=caller)
        shown = views.InviteProgress(
            current_number_day=found.invited_today,
            current_number_total=found.invited,
            target_number_day=invitations.REWARDED_A_DAY,
            target_number_total=invitations.REWARDED_IN_ALL,
        )
        return Ok(data=shown)

    async def choose_invite_code(self, data: views.InviteCode, caller: Caller) -> Done:
        """Have another invitation code, 4 to 16 letters and digits."""
        ask = invitations.ChooseCode(user_id=caller.user_id, code=rules.invite_code(data.code))
        await self.core.bus.ask(invitations.choose_code, ask, caller=caller)
        return Done()

    async def name_inviter(self, data: views.InviteCode, caller: Caller) -> Done:
        """Say by whose code one came, once; that person gets coins."""
        ask = invitations.NameInviter(user_id=caller.user_id, code=data.code)
        await self.core.bus.ask(invitations.name_inviter, ask, caller=caller)
        return Done()


def _record(entry: points.Entry) -> views.CoinRecord:
    return views.CoinRecord(
        id=entry.number,
        user_id=str(entry.user_id),
        typ=TYP[entry.cause],
        before_amount=rules.coins(entry.before),
        after_amount=rules.coins(entry.after),
        change_amount=rules.coins(entry.change),
        reason=entry.reason,
        remark=entry.remark,
        create_time=moments.seconds(entry.at),
    )
