"""Coins and what brings them: every change is a record, and the records make the balance."""

import asyncio

import msgspec
import pytest

from shared.contracts import points, tasks
from tests.gateway.yunhu import seed_messages
from tests.gateway.yunhu.together import message, refused

RECORD = "/v1/user/gold-coin-increase-decrease-record"


async def records(person, size: int = 100, page: int = 1):
    return await person.data(RECORD, {"size": size, "page": page})


async def test_a_ledger_that_adds_up(citizens, operate, eventually) -> None:
    """Edits, draws and grants are each a record; they add up to the balance."""
    tom = await citizens.one()
    message("edit_nickname", await tom.rename("新名字"))
    body = seed_messages.write("edit_avatar_send", url="https://example.com/a.png")
    message("edit_avatar", await tom.send("/v1/user/edit-avatar", body))
    message("edit_nickname", await tom.rename("又一个"))
    await tom.done("/v1/coin/task/raffle")

    async def all_paid():
        return (await records(tom))["total"] == 3

    await eventually(all_paid)
    grant = points.Change(user_id=int(tom.id), points=5501, reason="活动奖励", key="t1")
    await operate(points.grant, grant)
    await operate(points.take, msgspec.structs.replace(grant, points=1, key="t2"))
    found = await records(tom)
    assert found["total"] == 5
    rows = found["goldCoinRecord"]
    assert sorted(row["typ"] for row in rows) == [1, 1, 4, 4, 8]
    assert rows[0]["changeAmount"] == -0.01
    for row in rows:
        assert row["userId"] == tom.id
        assert row["createTime"] > 10**9
        assert row["reason"]
        total = round((row["beforeAmount"] + row["changeAmount"]) * 100)
        assert total == round(row["afterAmount"] * 100)
    balances = [row["afterAmount"] for row in rows]
    assert [row["beforeAmount"] for row in rows] == [*balances[1:], 0]
    assert (await tom.info()).data.coin == balances[0]


@pytest.mark.usefixtures("one_day")
async def test_tasks(citizens, eventually) -> None:
    """What was done is counted; there are three draws a day, at once or one by one."""
    tom = await citizens.one()
    path = "/v1/coin/task/my-task-info"
    assert await tom.data(path) == {
        "adsWatchNumber": 0,
        "avatarEditNumber": 0,
        "nicknameEditNumber": 0,
        "raffleTimes": 0,
    }
    message("edit_nickname", await tom.rename("新名字"))
    replies = await asyncio.gather(*(tom.post("/v1/coin/task/raffle") for _ in range(6)))
    codes = sorted(reply.json()["code"] for reply in replies)
    assert codes == [-1] * (6 - tasks.RAFFLES_A_DAY) + [1] * tasks.RAFFLES_A_DAY
    refused(await tom.post("/v1/coin/task/raffle"))

    async def counted():
        found = await tom.data(path)
        return (found["nicknameEditNumber"], found["raffleTimes"]) == (1, tasks.RAFFLES_A_DAY)

    await eventually(counted)


@pytest.mark.parametrize("page", [{"size": 0}, {"size": 101}, {"page": 0}, {"page": "1"}])
async def test_pages_that_are_none(tom, page) -> None:
    """A page has 1 to 100 rows, and the first is 1."""
    refused(await tom.post(RECORD, {"size": 20, "page": 1} | page))


async def test_pages(citizens, operate) -> None:
    """Pages follow each other without gaps; past the end there is nothing, and it is no error."""
    tom = await citizens.one()
    for number in range(5):
        grant = points.Change(user_id=int(tom.id), points=100, reason="奖励", key=f"p{number}")
        await operate(points.grant, grant)

    pages = [await records(tom, 2, page) for page in (1, 2, 3, 4, 10**9)]
    assert [page["total"] for page in pages] == [5] * 5
    ids = [[row["id"] for row in page["goldCoinRecord"]] for page in pages]
    assert ids == [[5, 4], [3, 2], [1], [], []]


@pytest.mark.usefixtures("one_day")
async def test_inviting(citizens) -> None:
    """One has a code, may choose another, and gets coins for who names it."""
    tom, jerry = await citizens.one(), await citizens.one()
    code = f"Y{tom.phone}"
    await tom.done("/v1/user/invite/change-user-invite-code", {"code": code})
    assert (await tom.info()).data.invitation_code == code
    refused(await jerry.post("/v1/user/invite/change-user-invite-code", {"code": code.lower()}))
    refused(await tom.post("/v1/user/invite/fill-invite-code", {"code": code}))
    await jerry.done("/v1/user/invite/fill-invite-code", {"code": code})
    refused(await jerry.post("/v1/user/invite/fill-invite-code", {"code": code}))

    assert await tom.data("/v1/user/invite/invite-progress") == {
        "currentNumberDay": 1,
        "currentNumberTotal": 1,
        "targetNumberDay": 10,
        "targetNumberTotal": 100,
    }
    [row] = (await records(tom))["goldCoinRecord"]
    assert row["typ"] == 9


@pytest.mark.parametrize("code", ["", "abc", "a" * 17, "a-b-c", "邀请码邀请码"])
async def test_codes_that_are_none(tom, code) -> None:
    """An invitation code has 4 to 16 letters and digits."""
    refused(await tom.post("/v1/user/invite/change-user-invite-code", {"code": code}))
