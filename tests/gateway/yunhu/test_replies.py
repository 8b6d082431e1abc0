"""Every shape of reply, compared with a stored one: JSON to the byte, protobuf field by field.

`UPDATE_REPLIES=1` writes them anew; read the difference before committing it.
"""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.protobuf.json_format import MessageToDict

from shared.contracts import medals, points, vip
from tests.gateway.replies import SEALED, Replies
from tests.gateway.yunhu import seed_messages
from tests.gateway.yunhu.together import PROTOBUF, Citizen

FOLDER = Path(__file__).parent / "replies"
HEX = (re.compile(r"[0-9a-f]{32}"), "<hex>")
CLOCK = (re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d"), "<clock>")
PICTURE = (re.compile(r"^data:image/png;base64,.*"), "data:image/png;base64,<picture>")
SECONDS = range(10**9, 10**10)
"""Moments of our time; no id or amount is among them here."""

SHORTEST = 6
"""Characters of what is looked for within texts: a shorter word may be there by chance."""

BIRTHDAY = 946656000

NUMBERS = {
    "status.number",
    "data.medal.id",
    "medal.id",
    "data.ignore.id",
    "data.notification.id",
}
"""Where numbers are that count something of the whole site."""

SOON = {
    "data.online_day",
    "data.continuous_online_day",
    "data.profile_info.last_active_time",
}
"""What is told a moment later than it happens."""


class PageReplies(Replies):
    """Takes replies down value by value, as protobuf has no text that could be compared."""

    def __init__(self, **words: str) -> None:
        super().__init__(FOLDER, SEALED, HEX, CLOCK, PICTURE, **words)
        self._message = ""

    def check(self, name: str, reply: httpx.Response, message: str = "") -> httpx.Response:
        """Compare a reply with the stored one; `message` is the one it holds, if it is protobuf."""
        self._message = message
        return super().check(name, reply)

    def _body(self, reply: httpx.Response) -> Any:
        if self._message:
            assert reply.headers["content-type"] == PROTOBUF
            return self._values(_fields(self._message, reply.content))
        body = json.loads(reply.text)
        assert reply.text == json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return self._values(body)

    def _values(self, value: Any, path: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._values(one, f"{path}.{key}") for key, one in value.items()}
        if isinstance(value, list):
            return [self._values(one, path) for one in value]
        if path[1:] in SOON:
            return "<soon>"
        is_number = type(value) is int or (isinstance(value, str) and value.isdigit())
        if is_number and path[1:] in NUMBERS and int(value) > 0:
            return "<number>"
        if is_number and int(value) in SECONDS:  # 64-bit numbers are texts in protobuf's JSON
            return "<seconds>"
        if str(value) in self._words:
            return self._words[str(value)]
        return self._plain(value) if isinstance(value, str) and len(value) >= SHORTEST else value


def _fields(message: str, content: bytes) -> dict[str, Any]:
    """Every field of a message that the page knows, also those that are empty."""
    found: dict[str, Any] = MessageToDict(
        seed_messages.read(message, content),
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
    )
    return found


@pytest.fixture
def replies(suite) -> PageReplies:
    """Replies of this suite."""
    gateway = suite.urls["gateway"]
    return PageReplies(gateway=gateway, host=gateway.partition("://")[2])


async def test_signing_in(citizens, replies, later) -> None:
    """From the picture to the goodbye, replies are as stored."""
    tom = citizens.stranger()
    replies.known(phone=tom.phone, email=tom.email)
    replies.check("captcha", await tom.post("/v1/user/captcha"))
    wrong = {"mobile": tom.phone, "code": "?", "id": (await tom.picture())["id"]}
    path = "/v1/verification/get-verification-code"
    replies.check("get-verification-code.wrong", await tom.post(path, wrong))
    replies.check("get-verification-code", await tom.ask_sms())
    replies.check("get-verification-code.too_often", await tom.ask_sms())
    replies.check("verification-login.wrong", await tom.ask_login("000"))
    login = await tom.ask_login(await tom.newest_code(tom.e164))
    replies.check("verification-login", login)
    tom.token = login.json()["data"]["token"]
    tom.id = (await tom.info()).data.id
    replies.known(id=tom.id)
    replies.check("get-email-verification-code", await tom.ask_email())
    proof = {"email": tom.email, "captcha": await tom.newest_code(tom.email)}
    replies.check(
        "change-email-check.nothing", await tom.post("/v1/user/change-email-check", proof)
    )
    replies.check("bing-email", await tom.post("/v1/user/bing-email", proof))
    replies.check("bing-email.wrong", await tom.post("/v1/user/bing-email", proof))
    replies.check("clients", await tom.get("/v1/user/clients"), "clients")
    offline = {"deviceId": "nothing"}
    replies.check("device-offline.unknown", await tom.post("/v1/user/device-offline", offline))
    replies.check("email-login.wrong", await tom.email_login())
    replies.check("logout", await tom.post("/v1/user/logout", {"device-id": tom.device_id}))
    replies.check("not_logged_in", await tom.post("/v1/user/medal"))


async def _dressed(citizens: Any, operate: Any) -> Citizen:
    """Somebody with everything that can be shown."""
    tom: Citizen = await citizens.one()
    number = int(tom.id)
    medal = await operate(medals.create_medal, medals.NewMedal(name="内测用户", sort=100))
    await operate(medals.award_medal, medals.Award(user_id=number, medal_id=medal.medal_id))
    await operate(vip.grant_vip, vip.GrantVip(user_id=number, days=31))
    grant = points.Change(user_id=number, points=5501, reason="活动奖励", key="r1", remark="备注")
    await operate(points.grant, grant)
    said = {
        "introduction": "测试个人简介",
        "gender": 1,
        "birthday": BIRTHDAY,
        "province": "北京市",
        "city": "北京城区",
        "district": "东城区",
        "locationCode": "110101",
    }
    await tom.done("/v1/user/save-user-data", said)
    return tom


async def test_people(citizens, operate, replies, jerry, eventually) -> None:
    """Replies about people are as stored."""
    tom = await _dressed(citizens, operate)

    async def was_here() -> bool:
        return bool((await tom.see(tom.id)).data.online_day)

    await eventually(was_here)  # it is told in the background
    replies.known(id=tom.id, phone=tom.phone, name=(await tom.info()).data.name)
    info = await tom.info()
    replies.known(code=info.data.invitation_code)
    replies.check("get-user-data", await tom.post("/v1/user/get-user-data"))
    others = '[{"key":"他是","value":"我的朋友"}]'
    note = {"friendId": tom.id, "name": "汤姆", "phone": "123", "others": others}
    replies.check("save-user-remarks", await jerry.post("/v1/user/save-user-remarks", note))
    replies.check("get-user", await jerry.ask_user(tom.id), "get_user")
    replies.check("get-user.nobody", await jerry.ask_user("999999999"), "edit_nickname")
    replies.check("info", await tom.get("/v1/user/info"), "info")
    replies.check("medal", await tom.send("/v1/user/medal"), "medal")
    replies.check("edit-nickname.empty", await tom.rename(" "), "edit_nickname")
    replies.check("edit-nickname", await tom.rename("新名字"), "edit_nickname")
    avatar = seed_messages.write("edit_avatar_send", url="https://example.com/a.png")
    replies.check("edit-avatar", await tom.send("/v1/user/edit-avatar", avatar), "edit_avatar")


async def test_settings_and_coins(citizens, operate, replies, jerry) -> None:
    """Replies about settings, coins and invitations are as stored."""
    tom = await _dressed(citizens, operate)
    replies.known(id=tom.id)
    modules = {"deviceId": "1234", "ignore": ",30,20,10"}
    refused = await jerry.post("/v1/user/module-ignore", modules)
    replies.check("module-ignore.vips_only", refused)
    replies.check("module-ignore", await tom.post("/v1/user/module-ignore", modules))
    shown = await tom.post("/v1/user/module-ignore-info", {"deviceId": "1234"})
    replies.check("module-ignore-info", shown)
    device = {"deviceId": "1114514", "registrationId": "reg"}
    status = await tom.post("/v1/user/notification-status", device)
    replies.check("notification-status.unknown", status)
    told = await tom.post("/v1/user/notification-info", device | {"isOpen": 1, "type": 2})
    replies.check("notification-info", told)
    status = await tom.post("/v1/user/notification-status", device)
    replies.check("notification-status", status)
    replies.check("get-user-show-adv", await tom.post("/v1/user/get-user-show-adv"))
    record = "/v1/user/gold-coin-increase-decrease-record"
    replies.check("gold-coin-record", await tom.post(record, {"size": 20, "page": 1}))
    replies.check("gold-coin-record.bad", await tom.post(record, {"size": 101, "page": 1}))
    replies.check("my-task-info", await tom.post("/v1/coin/task/my-task-info"))
    replies.check("raffle", await tom.post("/v1/coin/task/raffle"))
    replies.check("invite-progress", await tom.post("/v1/user/invite/invite-progress"))
    code = {"code": f"R{tom.phone}"}
    path = "/v1/user/invite/change-user-invite-code"
    replies.check("change-user-invite-code", await tom.post(path, code))
    replies.check("qiniu-token", await tom.get("/v1/misc/qiniu-token"))


async def test_discovery(citizens, replies) -> None:
    """Replies about groups and bots are as stored."""
    tom, jerry = await citizens.one(), await citizens.one()
    replies.known(id=tom.id, other=jerry.id)
    body = seed_messages.write("create_group_send", name="测试群聊", introduction="简介")
    made = await tom.send("/v1/group/create-group", body)
    group = seed_messages.read("create_group", made.content).group_id
    replies.known(group=group)
    replies.check("create-group", made, "create_group")
    name = f"群{tom.phone}"
    replies.known(name=name)
    edited = await tom.edit_group(group, name=name, introduction="简介", direct_join=1)
    replies.check("edit-group", edited, "edit_group")
    switch = await tom.post("/v1/group/switch", {"groupId": group, "hide": 0})
    replies.check("switch", switch)
    categories = await jerry.post("/v1/user/recommend-category-list", {"appChannel": "default"})
    replies.check("recommend-category-list", categories)
    wanted = {"category": "", "keyword": name, "size": 30, "page": 1}
    replies.check("recommend-list", await jerry.post("/v1/user/recommend-list", wanted))
    wanted = {"categoryId": 0, "keyword": name}
    replies.check("recommend", await jerry.post("/v1/group/recommend/list", wanted))
    body = seed_messages.write("create_bot_send", name="测试机器人", private=1)
    made = await tom.send("/v1/bot/create-bot", body)
    replies.known(bot=seed_messages.read("create_bot", made.content).data.bot_id)
    replies.check("create-bot", made, "create_bot")


async def test_contacts(citizens, replies) -> None:
    """Replies about contacts are as stored."""
    tom, jerry = await citizens.one(), await citizens.one()
    replies.known(id=tom.id, other=jerry.id)
    group = await tom.make_group()
    await tom.edit_group(group, name="测试群聊", direct_join=1)
    wish = {"chatId": group, "chatType": 2, "remark": ""}
    replies.check("apply", await jerry.post("/v1/friend/apply", wish))
    replies.check("apply.again", await jerry.post("/v1/friend/apply", wish))
    nothing = {"chatId": "999999999", "chatType": 2, "remark": ""}
    replies.check("apply.nothing", await jerry.post("/v1/friend/apply", nothing))
    left = await jerry.post("/v1/friend/delete-friend", {"chatId": group, "chatType": 2})
    replies.check("delete-friend", left)
    replies.check("delete-friend.again", await jerry.post("/v1/friend/delete-friend", wish))
    await jerry.done("/v1/friend/apply", {"chatId": tom.id, "chatType": 1, "remark": "你好"})
    requests = await tom.send("/v1/friend/request-list")
    [waiting] = seed_messages.read("request_list", requests.content).requests
    replies.known(me=waiting.receiverName, you=waiting.name)
    replies.check("request-list", requests, "request_list")
    answer = {"id": waiting.requestId, "agree": 1}
    replies.check("agree-apply", await tom.post("/v1/friend/agree-apply", answer))
    replies.known(group=group)
    book = await tom.send("/v1/friend/address-book-list")
    replies.check("address-book-list", book, "address_book_list")
    answer = {"id": 999999999, "agree": 1}
    replies.check("agree-apply.nothing", await tom.post("/v1/friend/agree-apply", answer))


async def test_refusals(tom, replies) -> None:
    """What is refused before anything is done, is so in stored words."""
    replies.check("not_found", await tom.post("/v1/user/nothing"))
    replies.check("wrong_verb", await tom.get("/v1/user/captcha"))
    replies.check("unreadable", await tom.post("/v1/user/save-user-data", {"gender": "x"}))
    body = await tom.send("/v1/user/edit-nickname", b"\x1a\x05x")
    replies.check("unreadable.protobuf", body, "edit_nickname")
    large = {"introduction": "x" * 2**20}
    replies.check("too_large", await tom.post("/v1/user/save-user-data", large))


def test_every_stored_reply_is_compared() -> None:
    """A stored reply that no test asks for is a mistake."""
    asked = set(re.findall(r'replies\.check\(\s*"([a-z_.-]+)"', Path(__file__).read_text()))

    assert {file.stem for file in FOLDER.glob("*.json")} == asked
