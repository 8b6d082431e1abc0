"""People, groups and bots as contacts."""

from typing import Any

import pytest

from tests.gateway.yunhu.together import Citizen, message, refused

APPLY = "/v1/friend/apply"


def wish(chat_id: str, kind: int, remark: str = "") -> dict[str, Any]:
    return {"chatId": chat_id, "chatType": kind, "remark": remark}


async def applications(person: Citizen) -> list[Any]:
    """Who waits for this person's answer."""
    found = message("request_list", await person.send("/v1/friend/request-list"))
    assert found.total == found.pending == len(found.requests)
    return list(found.requests)


async def test_friends(citizens) -> None:
    """One asks, the other agrees, and both are friends until one of them is not."""
    tom, jerry = await citizens.one(), await citizens.one()
    await tom.done(APPLY, wish(jerry.id, 1, "我是汤姆"))
    [waiting] = await applications(jerry)
    assert (waiting.inviterId, waiting.note, waiting.targetType) == (tom.id, "我是汤姆", 1)
    assert (waiting.name, waiting.receiverId) == ((await tom.info()).data.name, jerry.id)
    await jerry.done("/v1/friend/agree-apply", {"id": waiting.requestId, "agree": 1})

    assert refused(await tom.post(APPLY, wish(jerry.id, 1)), -9) == "您已添加过对方"
    await tom.done("/v1/friend/delete-friend", {"chatId": jerry.id, "chatType": 1})
    refused(await tom.post("/v1/friend/delete-friend", {"chatId": jerry.id, "chatType": 1}))


async def test_an_application_that_is_refused(citizens) -> None:
    """Who is refused is no friend."""
    tom, jerry = await citizens.one(), await citizens.one()
    await tom.done(APPLY, wish(jerry.id, 1))
    [waiting] = await applications(jerry)

    await jerry.done("/v1/friend/agree-apply", {"id": waiting.requestId, "agree": 2})
    assert await applications(jerry) == []
    refused(await tom.post("/v1/friend/delete-friend", {"chatId": jerry.id, "chatType": 1}))


async def test_groups(citizens) -> None:
    """A group is joined at once, or after its creator agreed."""
    tom, jerry = await citizens.one(), await citizens.one()
    group = await tom.make_group()
    message("edit_group", await tom.edit_group(group, name="测试群聊", direct_join=1))
    await jerry.done(APPLY, wish(group, 2))
    refused(await jerry.post(APPLY, wish(group, 2)), -9)
    await jerry.done("/v1/friend/delete-friend", {"chatId": group, "chatType": 2})

    message("edit_group", await tom.edit_group(group, name="测试群聊", direct_join=0))
    await jerry.done(APPLY, wish(group, 2))
    [waiting] = await applications(tom)
    assert (waiting.targetId, waiting.targetType, waiting.groupName) == (group, 2, "测试群聊")
    await tom.done("/v1/friend/agree-apply", {"id": waiting.requestId, "agree": 1})
    refused(await jerry.post(APPLY, wish(group, 2)), -9)


async def test_bots(citizens) -> None:
    """A bot is added once, and can be removed."""
    tom = await citizens.one()
    bot = await tom.make_bot()
    await tom.done(APPLY, wish(bot, 3))

    refused(await tom.post(APPLY, wish(bot, 3)), -9)
    await tom.done("/v1/friend/delete-friend", {"chatId": bot, "chatType": 3})
    await tom.done(APPLY, wish(bot, 3))


@pytest.mark.parametrize(("kind", "words"), [(1, "用户"), (2, "群聊"), (3, "机器人")])
@pytest.mark.parametrize("chat_id", ["999999999", "big", ""])
async def test_nobody_and_nothing(tom, kind, words, chat_id) -> None:
    """What does not exist is said so, by what it would be."""
    assert refused(await tom.post(APPLY, wish(chat_id, kind))) == f"{words}不存在"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (APPLY, {"chatId": "1", "chatType": 4}),
        (APPLY, {"chatId": "1", "chatType": "1"}),
        (APPLY, {"chatId": "1", "chatType": 1, "remark": "x" * 65}),
        (APPLY, {}),
        ("/v1/friend/agree-apply", {"id": 0, "agree": 1}),
        ("/v1/friend/agree-apply", {"id": 1, "agree": 3}),
        ("/v1/friend/agree-apply", {"id": 999999999, "agree": 1}),
        ("/v1/friend/no-notify", {"chatId": "999999999", "noNotify": 1}),
        ("/v1/friend/no-notify", {"chatId": "1", "noNotify": 2}),
    ],
)
async def test_requests_that_are_none(tom, path, body) -> None:
    """Out of bounds it is the dialect's refusal."""
    refused(await tom.post(path, body))


async def test_oneself(tom) -> None:
    """Nobody is their own friend."""
    refused(await tom.post(APPLY, wish(tom.id, 1)))


async def test_the_address_book(citizens) -> None:
    """Friends, groups and bots are listed with their names and what one noted about them."""
    tom, jerry = await citizens.one(), await citizens.one()
    group, bot = await tom.make_group("我的群"), await tom.make_bot("我的机器人")
    await tom.done(APPLY, wish(bot, 3))
    await tom.done(APPLY, wish(jerry.id, 1))
    book = await address_book(tom)
    assert list(book["用户"]) == []
    await jerry.done("/v1/friend/agree-apply", {"id": int(tom.id), "agree": 1})
    await tom.done("/v1/user/save-user-remarks", {"friendId": jerry.id, "name": "杰瑞"})
    await tom.done("/v1/friend/no-notify", {"chatId": group, "noNotify": 1})

    book = await address_book(tom)
    [friend], [own], [added] = book["用户"], book["我加入的群聊"], book["机器人"]
    name = (await jerry.info()).data.name
    assert (friend.chat_id, friend.name, friend.remark) == (jerry.id, name, "杰瑞")
    assert (own.chat_id, own.name, own.permisson_level, own.noDisturb) == (
        group,
        "我的群",
        100,
        True,
    )
    assert (added.chat_id, added.name, added.noDisturb) == (bot, "我的机器人", False)


async def address_book(person: Citizen) -> dict[str, Any]:
    """Read the address book, by the names of its lists."""
    found = message("address_book_list", await person.send("/v1/friend/address-book-list"))
    assert [one.chat_type for one in found.data] == [1, 2, 3]
    return {one.list_name: one.data for one in found.data}
