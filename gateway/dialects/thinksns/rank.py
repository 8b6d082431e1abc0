"""The ranking of people by the points that came in."""

import msgspec
from msgspec import UNSET, UnsetType

from gateway.core import Core
from gateway.dialects.thinksns import lists, views
from gateway.dialects.thinksns.checks import Checks, Wrong, optional
from gateway.dialects.thinksns.people import People
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import points

LIMIT = 100
"""People in the ranking unless the client says how many."""

CITY_MOST = 64
"""Characters."""

BEYOND = f"{points.RANKED_MOST}+"
"""The place of who has none, or one beyond those that are computed."""


class Ranked(msgspec.Struct, frozen=True):
    """Somebody's place; `rank` is a text."""

    user: views.User
    amount_count: int
    rank: str


class IncomeRank(msgspec.Struct, frozen=True):
    """The ranking; `my_rank` is absent if nobody is logged in, or they are of another city."""

    rank_list: list[Ranked]
    my_rank: Ranked | UnsetType = UNSET


class Ranking(Handlers):
    """Ranks people."""

    def __init__(self, core: Core, people: People) -> None:
        self.core, self.people = core, people

    async def income(
        self,
        viewer: Caller | None,
        days: str | None = None,
        city: str | None = None,
        limit: str | None = None,
    ) -> IncomeRank:
        """Rank people by points that came in, at most three minutes ago: ever or in so many days,
        everywhere or in a city.
        """
        checks = Checks()
        window = checks.of("days", optional(_days), days or None)
        place = checks.of("city", _city, (city or "").strip())
        checks.end()
        ask = points.RankIncome(
            days=window,
            city=place,
            limit=lists.limit(limit, LIMIT, points.RANKED_MOST),
            viewer_id=viewer.user_id if viewer else None,
        )
        rank = await self.core.bus.ask(points.rank_income, ask)
        rows = [*rank.rows, rank.mine] if rank.mine else rank.rows
        shown = await self.people.shown((row.user_id for row in rows), viewer)
        user_of = {one.id: one for one in shown}
        mine = user_of.get(rank.mine.user_id) if rank.mine else None
        return IncomeRank(
            rank_list=[
                _ranked(row, user_of[row.user_id]) for row in rank.rows if row.user_id in user_of
            ],
            my_rank=_ranked(rank.mine, mine) if rank.mine and mine else UNSET,
        )


def _ranked(row: points.RankRow, user: views.User) -> Ranked:
    amount = views.points(row.amount)
    return Ranked(
        user=views.ranked(user, row.place, amount),
        amount_count=amount,
        rank=BEYOND if row.place is None else str(row.place),
    )


def _days(text: str) -> int | None:
    """Read how many days are ranked; more than are kept one by one stand for ever."""
    days = lists.number(text.strip())
    if not days:
        raise Wrong("天数必须是大于 0 的整数")
    return days if days <= points.LONGEST_WINDOW else None


def _city(text: str) -> str:
    if len(text) > CITY_MOST:
        raise Wrong(f"{{field}}不能超过 {CITY_MOST} 个字符")
    return text
