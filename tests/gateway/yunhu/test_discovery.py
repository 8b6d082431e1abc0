"""Finding groups and bots."""

import asyncio
import random
from typing import Any

import pytest

from shared.contracts import bots, directory
from tests.gateway.yunhu.together import Citizen, failed, message, refused

PAGE_CATEGORIES = ["精选", "粉丝群", "地区", "IT/互联网", "玩机", "游戏", "资讯订阅"]


async def found(person: Citizen, **wanted: Any) -> list[dict[str, Any]]:
    body = {"category": "", "keyword": "", "size": 30, "page": 1} | wanted
    rows: list[dict[str, Any]] = (await person.data("/v1/user/recommend-list", body))["groupList"]
    return rows


async def offered(person: Citizen, name: str, **more: Any) -> str:
    """Make a group that people find."""
    group = await person.make_group(name)
    if more:
        message("edit_group", await person.edit_group(group, name=name, **more))
    await person.done("/v1/group/switch", {"groupId": group, "hide": 0})
    return group


async def test_categories(tom, citizens) -> None:
    """The discovery page has the page's categories; the tree has two levels, for anyone."""
    body = {"appChannel": "default"}
    names = await tom.data("/v1/user/recommend-category-list", body)
    assert names == {"categories": PAGE_CATEGORIES}

    tree = (await citizens.stranger().get("/v1/group/category")).json()["data"]["category"]
    below = {one["id"]: (top["name"], one["name"]) for top in tree for one in top["subItems"]}
    assert below[22] == ("技术", "IT/互联网")
    assert all(one["parent_id"] == top["id"] for top in tree for one in top["subItems"])
    assert all(top["parent_id"] == 0 for top in tree)


async def test_groups_are_found(citizens, tom, operate) -> None:
    """A group that is offered is found by category, the one above it, and a part of its name."""
    maker = await citizens.one()
    word = f"组{maker.phone}"
    group = await offered(maker, f"{word}技术", category_id=22, introduction="测试群聊简介")
    hidden = await maker.make_group(f"{word}隐藏")

    [row] = await found(tom, keyword=word)
    assert row.pop("createTime") > 10**9
    assert row == {
        "chatId": group,
        "banId": 0,
        "nickname": f"{word}技术",
        "introduction": "测试群聊简介",
        "avatarUrl": "",
        "headcount": 1,
    }
    assert await found(tom, keyword=word, category="技术")
    assert await found(tom, keyword=word, category="IT/互联网")
    assert not await found(tom, keyword=word, category="玩机")
    assert not await found(tom, keyword=word, category="没有这个")
    assert not await found(tom, keyword=word, page=2)
    assert not await found(tom, keyword=word, page=10**9)
    assert not await found(tom, keyword="x" * 32)
    assert not await found(tom, keyword=word, category="精选")
    pick = directory.PickGroup(group_id=int(group), picked=True)
    await operate(directory.pick_group, pick)
    assert (await found(tom, category="精选"))[0]["chatId"] == group
    sister = {"categoryId": 6, "keyword": word}
    [row] = (await tom.data("/v1/group/recommend/list", sister))["groups"]
    assert (row["groupId"], row["category"], row["createBy"]) == (group, "技术-IT/互联网", maker.id)
    await maker.done("/v1/group/switch", {"groupId": group, "hide": 1})
    await maker.done("/v1/group/switch", {"groupId": hidden, "hide": 0})
    assert [one["chatId"] for one in await found(tom, keyword=word)] == [hidden]


async def test_a_banned_group_is_not_found(citizens, tom, operate) -> None:
    """A group that is private or banned is in no list."""
    maker = await citizens.one()
    word = f"禁{maker.phone}"
    group = await offered(maker, word)
    assert await found(tom, keyword=word)
    message("edit_group", await maker.edit_group(group, name=word, private=1))
    assert not await found(tom, keyword=word)
    message("edit_group", await maker.edit_group(group, name=word))
    ban = directory.BanGroup(group_id=int(group), banned=True)
    await operate(directory.ban_group, ban)
    assert not await found(tom, keyword=word)


@pytest.mark.parametrize(
    "wanted", [{"size": 0}, {"size": 101}, {"page": 0}, {"category": 1}, {"keyword": "x" * 33}]
)
async def test_searches_that_are_none(tom, wanted) -> None:
    """A page has 1 to 100 rows; what is looked for is a text of some length."""
    body = {"category": "", "keyword": "", "size": 30, "page": 1} | wanted

    refused(await tom.post("/v1/user/recommend-list", body))


async def test_only_the_creator_edits_a_group(tom, jerry) -> None:
    """Others can neither edit a group nor offer it; nobody gives it a category that is none."""
    group = await tom.make_group()

    assert "无权" in failed(await jerry.edit_group(group, name="别人的"))
    refused(await jerry.post("/v1/group/switch", {"groupId": group, "hide": 0}))
    failed(await tom.edit_group(group, name="我的", category_id=9999))
    failed(await tom.edit_group(group, name="我的", category_name="没有"))
    failed(await tom.edit_group("nothing", name="我的"))
    failed(await tom.edit_group(group, name=""))
    message("edit_group", await tom.edit_group(group, name="我的", category_name="技术-玩机"))


async def test_a_category_that_is_removed(citizens, operate) -> None:
    """A group that is in it may be sent back as it is shown; the name is that of no category."""
    maker, number = await citizens.one(), 90_000 + random.randrange(10_000)
    named = directory.SetCategory(category_id=number, name=f"临时{number}", parent_id=2)
    await operate(directory.set_category, named)
    group = await offered(maker, f"群{maker.phone}", category_id=number)
    await operate(directory.remove_category, directory.RemoveCategory(category_id=number))
    [row] = (await maker.data("/v1/group/recommend/list", {"keyword": maker.phone}))["groups"]

    back = {"category_id": row["categoryId"], "category_name": row["category"]}
    message("edit_group", await maker.edit_group(group, name=f"新{maker.phone}", **back))
    failed(await maker.edit_group(group, name=f"新{maker.phone}", category_name=named.name))


async def test_bots(citizens, tom, operate) -> None:
    """Public bots are found by how many have added them; numbers are texts as the page has them."""
    maker = await citizens.one()
    bot, private = await asyncio.gather(
        maker.make_bot("测试机器人", introduction="简介", avatar_url="https://example.com/b.png"),
        maker.make_bot("私有", private=1),
    )
    added = {"chatId": bot, "chatType": 3, "remark": ""}
    await maker.done("/v1/friend/apply", added)

    rows = {one["chatId"]: one for one in (await tom.data("/v1/user/recommend"))["botList"]}
    assert private not in rows
    assert rows[bot] == {
        "chatId": bot,
        "chatType": "3",
        "headcount": "1",
        "nickname": "测试机器人",
        "introduction": "简介",
        "introductions": "",
        "avatarUrl": "https://example.com/b.png",
        "isAdd": 1,
        "isApply": 0,
        "alwaysAgree": 0,
    }
    own = (await maker.data("/v1/user/recommend"))["botList"]
    assert [one["isAdd"] for one in own if one["chatId"] == bot] == [0]
    shop = (await tom.data("/v1/bot/new-list"))["bots"]
    assert bot in [one["chatId"] for one in shop]
    edit = {"botId": bot, "nickname": "新的", "introduction": "", "avatarUrl": "", "private": 1}
    assert "无权" in refused(await tom.post("/v1/bot/web-edit-bot", edit))
    await maker.done("/v1/bot/web-edit-bot", edit)
    rows = (await tom.data("/v1/user/recommend"))["botList"]
    assert bot not in [one["chatId"] for one in rows]
    await operate(bots.ban_bot, bots.BanBot(bot_id=int(private), banned=True))
    refused(await tom.post("/v1/friend/apply", {"chatId": private, "chatType": 3}))
