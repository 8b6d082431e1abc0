"""Points, ranking, checking in, inviting and memberships, through thinksns."""

import asyncio
import itertools
import uuid
from typing import Any

import pytest

from shared.caller import Caller
from shared.contracts import points, vip
from shared.contracts.accounts import Role
from shared.contracts.invitations import standard_code
from tests.gateway.thinksns import expect
from tests.gateway.thinksns.members import Member


@pytest.fixture
def admin(root) -> Caller:
    """How the bus knows an administrator."""
    return Caller(root.id, "0" * 32, int(Role.ROOT))


@pytest.fixture
def grant(bus, admin):
    """Give points, as an administrator does from the command line."""

    async def given(member: Member, hundredths: int, reason: str = "活动奖励") -> None:
        key = uuid.uuid4().hex
        ask = points.Change(user_id=member.id, points=hundredths, reason=reason, key=key)
        await bus.ask(points.grant, ask, caller=admin)

    return given


async def ranked_in(city: str, count: int, viewer: Member, eventually: Any) -> None:
    """Wait until so many are known to be of a city, which an event tells.

    Each window is ranked on its own, so that what is seen meanwhile is not remembered for others.
    """
    windows = itertools.count(2)

    async def are_there() -> bool:
        days = str(next(windows))
        ranking = await viewer.get("/user/currency/income-rank", city=city, days=days, limit="50")
        return len(ranking["rank_list"]) == count

    await eventually(are_there)


async def test_the_history(tom, grant, bus, admin) -> None:
    """Changes come newest first, each with its direction; the sum is in whole points."""
    for amount in (1000, 250, 199):
        await grant(tom, amount, f"奖励 {amount}")
    taken = points.Change(user_id=tom.id, points=300, reason="扣除", key=uuid.uuid4().hex)
    await bus.ask(points.take, taken, caller=admin)

    orders = await tom.get("/currency/orders")

    assert [one["amount"] for one in orders] == [3, 1, 2, 10]
    assert [one["type"] for one in orders] == [-1, 1, 1, 1]
    last = orders[0]
    assert (last["title"], last["body"], last["state"], last["currency"]) == ("扣除", None, 1, 1)
    assert (last["owner_id"], last["target_type"], last["target_id"]) == (tom.id, "default", "0")
    assert (await tom.get("/user"))["currency"]["sum"] == 11
    after = await tom.get("/currency/orders", after=str(orders[1]["id"]), limit="1")
    assert [one["id"] for one in after] == [orders[2]["id"]]
    assert len(await tom.get("/currency/orders", type="-1")) == 1
    assert len(await tom.get("/currency/orders", type="1")) == 3
    assert await tom.get("/currency/orders", action="recharge") == []
    expect.unauthenticated(await tom.ask("GET", "/currency/orders", token=""))


async def test_trap_1_the_ranking(members, grant, stranger, eventually) -> None:
    """`rank` is a text; `my_rank` is there for who is of the city, and otherwise absent."""
    city = f"榜{uuid.uuid4().hex[:6]}市"
    tom, jerry, spike = await members(3)
    for one in (tom, jerry):
        expect.done(await one.ask("PATCH", "/user", {"location": f"四川省 {city}"}))
    await grant(tom, 5000)
    await grant(jerry, 70_00)
    await grant(spike, 90_00)
    await ranked_in(city, 2, spike, eventually)

    ranking = await tom.get("/user/currency/income-rank", city=city)

    rows = [(one["user"]["id"], one["amount_count"], one["rank"]) for one in ranking["rank_list"]]
    assert rows == [(jerry.id, 70, "1"), (tom.id, 50, "2")]
    assert list(ranking["my_rank"]) == ["user", "amount_count", "rank"]
    assert (ranking["my_rank"]["rank"], ranking["my_rank"]["amount_count"]) == ("2", 50)
    extra = ranking["rank_list"][0]["user"]["extra"]
    assert (extra["rank"], extra["count"]) == (1, 70)
    assert list(ranking["rank_list"][0]["user"]) == expect.USER
    for viewer in (spike, stranger()):
        assert list(await viewer.get("/user/currency/income-rank", city=city)) == ["rank_list"]
    short = await tom.get("/user/currency/income-rank", city=city, limit="1")
    assert [one["rank"] for one in short["rank_list"]] == ["1"]
    assert short["my_rank"]["rank"] == "2"


async def test_trap_1_without_income(tom) -> None:
    """Who has no income has the place "1000+"."""
    ranking = await tom.get("/user/currency/income-rank", days="7")

    mine = ranking["my_rank"]
    assert (mine["user"]["id"], mine["amount_count"], mine["rank"]) == (tom.id, 0, "1000+")
    assert "rank" not in mine["user"]["extra"]


async def test_days_that_are_none(stranger) -> None:
    """What is no number of days is refused, as another ranking would be another answer."""
    for days in ("0", "-1", "x", "1.5", "9" * 40):
        reply = await stranger().ask("GET", "/user/currency/income-rank", days=days)
        expect.invalid(reply, "days")


async def test_the_bounds_of_a_ranking(tom) -> None:
    """The longest city, limits beyond 1 to 1,000, and days beyond those that are kept."""
    for limit in ("0", "1000", "1001", "x"):
        await tom.get("/user/currency/income-rank", limit=limit)
    for days in ("366", "367", "10000"):
        await tom.get("/user/currency/income-rank", days=days, limit="1")
    await tom.get("/user/currency/income-rank", city="好" * 64)
    reply = await tom.ask("GET", "/user/currency/income-rank", city="好" * 65)
    expect.invalid(reply, "city")


@pytest.mark.usefixtures("one_day")
async def test_checking_in(tom) -> None:
    """Once a day: points come, and the counts of the user object rise."""
    before = await tom.get("/sign/signView")
    assert before["signDay"] == 0
    assert [one["day"] for one in before["signList"]] == [1, 2, 3, 4, 5, 6, 7]
    assert await tom.get("/sign/daySign") == {"is_sign": False}

    replies = await asyncio.gather(*(tom.ask("POST", "/sign/add") for _ in range(2)))

    assert sorted(reply.status_code for reply in replies) == [200, 403]
    signed = next(reply.json() for reply in replies if reply.status_code == 200)
    assert signed == {"day": 1, "get_integral": before["signList"][0]["get_integral"]}
    expect.refused(await tom.ask("PUT", "/user/checkin/currency"), 403)
    assert await tom.get("/sign/daySign") == {"is_sign": True}
    after = await tom.get("/sign/signView")
    assert after["signDay"] == 1
    assert list(after["signList"][0]) == ["day", "get_integral", "is_sign", "today"]
    assert after["signList"][0]["is_sign"] is after["signList"][0]["today"] is True
    me = await tom.get("/user")
    assert (me["extra"]["checkin_count"], me["extra"]["last_checkin_count"]) == (1, 1)
    assert me["currency"]["sum"] == signed["get_integral"]


@pytest.mark.usefixtures("one_day")
async def test_checking_in_as_older_clients_do(tom) -> None:
    """The older path checks in as well."""
    expect.done(await tom.ask("PUT", "/user/checkin/currency"))
    expect.refused(await tom.ask("POST", "/sign/add"), 403)


async def test_inviting(members) -> None:
    """A code is named once, whatever its case, and its owner sees who came and what that brought:
    as much as clients are told that it brings.
    """
    (tom,) = await members(1)  # before the others: nobody is brought by who came later
    jerry, spike = await members(2)
    code = (await tom.get("/user"))["invite_code"]
    assert code == standard_code(tom.id)

    expect.done(await jerry.ask("PATCH", "/user/inviter", {"invite_code": code.lower()}))

    again = await jerry.ask("PATCH", "/user/inviter", {"invite_code": code})
    expect.invalid(again, "invite_code")
    for bad in (None, "", "no such code", "x" * 65, 7, (await spike.get("/user"))["invite_code"]):
        reply = await spike.ask("PATCH", "/user/inviter", {"invite_code": bad})
        expect.invalid(reply, "invite_code")
    invited = await tom.get("/user/invited-users")
    assert list(invited) == ["scores_count", "users_count", "users"]
    assert (invited["users_count"], [one["id"] for one in invited["users"]]) == (1, [jerry.id])
    told = (await spike.get("/bootstrappers"))["invite"]
    assert (told["inviter_score"], told["invitee_score"]) == (invited["scores_count"], 0)
    assert [(await one.get("/user"))["currency"]["sum"] for one in (tom, jerry)] == [10, 0]
    assert (await spike.get("/user/invited-users"))["users"] == []


def test_the_code_of_the_page() -> None:
    """Id 4 has the code that the page shows."""
    assert [standard_code(number) for number in (1, 4, 13)] == ["10ABC0", "10ABC3", "10ABCC"]


async def test_a_membership(members, bus, admin) -> None:
    """A membership is shown with level, name and end, to everyone, until it is over."""
    tom, jerry = await members(2)
    ask = vip.GrantVip(user_id=tom.id, days=30, level=vip.Level.MIDDLE)
    await bus.ask(vip.grant_vip, ask, caller=admin)

    shown = (await jerry.get(f"/users/{tom.id}"))["vip"]

    assert list(shown) == ["level", "end_time", "name"]
    assert (shown["level"], shown["name"]) == ("middle", "钻石会员")
    await bus.ask(vip.end_vip, vip.EndVip(user_id=tom.id), caller=admin)
    assert (await tom.get("/user"))["vip"] is None


async def test_starting(stranger) -> None:
    """A client that starts is told limits and reserved names."""
    settings = await stranger().get("/bootstrappers")

    assert settings["site"]["reserved_nickname"] == "root,admin,管理员,超级管理员"
    assert settings["invite"]["code_base"] == 60947423
