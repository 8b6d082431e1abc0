"""The sizes that are accepted of what belongs to people, and the first that is not."""

from datetime import UTC, datetime

import pytest

from shared import errors
from shared.contracts import (
    activity,
    checkins,
    medals,
    points,
    vip,
)
from shared.contracts.points import Change

NOBODY = 2**63 - 1
NOON = datetime(2026, 1, 1, 4, tzinfo=UTC)


def change(points=1, reason="x", remark="", key="limits"):
    """A change of nobody's points, which is refused if it is understood."""
    return Change(user_id=NOBODY, points=points, reason=reason, remark=remark, key=key)


LIMITS = [
    ("points", points.take, lambda n: change(points=n), points.LARGEST_CHANGE, 1),
    ("reason", points.take, lambda n: change(reason="x" * n), points.LONGEST_REASON, 1),
    ("remark", points.take, lambda n: change(remark="x" * n), points.LONGEST_REMARK, None),
    ("key", points.take, lambda n: change(key="x" * n), 100, 1),
    (
        "entries",
        points.inspect_entries,
        lambda n: points.ListEntries(user_id=1, limit=n),
        points.ENTRIES_AT_ONCE,
        1,
    ),
    (
        "skipped entries",
        points.inspect_entries,
        lambda n: points.ListEntries(user_id=1, skip=n),
        points.DEEPEST_SKIP,
        None,
    ),
    (
        "balances",
        points.read_balances,
        lambda n: points.ReadBalances(user_ids=list(range(1, n + 1))),
        points.BALANCES_AT_ONCE,
        None,
    ),
    (
        "places",
        points.rank_income,
        lambda n: points.RankIncome(city="nowhere", limit=n),
        points.RANKED_MOST,
        1,
    ),
    (
        "window",
        points.rank_income,
        lambda n: points.RankIncome(city="nowhere", days=n),
        points.LONGEST_WINDOW,
        1,
    ),
    (
        "counts of check-ins",
        checkins.read_counts,
        lambda n: checkins.ReadCounts(user_ids=list(range(1, n + 1))),
        checkins.COUNTS_AT_ONCE,
        None,
    ),
    (
        "name of a medal",
        medals.change_medal,
        lambda n: medals.ChangeMedal(medal_id=2**31 - 1, name="x" * n),
        medals.LONGEST_NAME,
        1,
    ),
    (
        "description of a medal",
        medals.change_medal,
        lambda n: medals.ChangeMedal(medal_id=2**31 - 1, description="x" * n),
        medals.LONGEST_DESCRIPTION,
        None,
    ),
    (
        "days of a membership",
        vip.grant_vip,
        lambda n: vip.GrantVip(user_id=NOBODY, days=n),
        vip.DAYS_MOST,
        1,
    ),
    (
        "name of a membership",
        vip.grant_vip,
        lambda n: vip.GrantVip(user_id=NOBODY, days=1, name="x" * n),
        vip.LONGEST_NAME,
        None,
    ),
    (
        "people who were here",
        activity.list_active,
        lambda n: activity.ListActive(limit=n),
        activity.LISTED_AT_ONCE,
        1,
    ),
    (
        "people passed over",
        activity.list_active,
        lambda n: activity.ListActive(skip=n),
        activity.DEEPEST_SKIP,
        None,
    ),
    (
        "uses told at once",
        activity.record_activity,
        lambda n: activity.RecordActivity(uses=[activity.Use(user_id=NOBODY, at=NOON)] * n),
        activity.USES_AT_ONCE,
        None,
    ),
]


async def refusal(administer, call, ask):
    """Give the refusal of something, if there is one."""
    try:
        await administer(call, ask)
    except errors.AppError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("call", "ask", "most", "least"), [row[1:] for row in LIMITS], ids=[row[0] for row in LIMITS]
)
async def test_a_limit_is_the_last_that_is_accepted(administer, call, ask, most, least):
    """What is as large, or as small, as it may be is understood; one more, or less, is not."""
    for size, accepted in ((most, True), (most + 1, False), (least, True)):
        if size is not None:
            found = await refusal(administer, call, ask(size))
            assert isinstance(found, errors.Malformed) is not accepted, (size, found)
    if least is not None:
        found = await refusal(administer, call, ask(least - 1))
        assert isinstance(found, errors.Malformed)
