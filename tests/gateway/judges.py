"""How each dialect is spoken: how a person signs up in it, and how its replies are known."""

import json
from dataclasses import dataclass
from typing import Protocol

from tests.clients import Clients
from tests.gateway.leaf.viewers import Viewers
from tests.gateway.thinksns.members import Member
from tests.gateway.yunhu import seed_messages
from tests.gateway.yunhu.together import PROTOBUF, Citizen
from tests.people import People

Headers = dict[str, str]


@dataclass(frozen=True)
class Subject:
    """Somebody who is logged in."""

    headers: Headers
    """What comes with their requests."""
    look: tuple[str, str]
    """Method and path that show what is kept of them; the same as long as nothing changes."""


class Judge(Protocol):
    """Knows one dialect."""

    ends_session: frozenset[str]
    """A right request to these ends the session that the tests go on with: paths, or one method
    of a path."""

    async def sign_up(self, gateway: str) -> Subject:
        """Make somebody."""
        ...

    def is_reply(self, status: int, kind: str, body: bytes) -> bool:
        """Tell whether this is how the dialect answers anything."""
        ...

    def is_done(self, status: int, kind: str, body: bytes) -> bool:
        """Tell whether what was asked for is done."""
        ...


class Sealtalk:
    """How sealtalk's clients know a failure."""

    ends_session = frozenset(("/user/logout",))

    async def sign_up(self, gateway: str) -> Subject:
        async with People(gateway) as people:
            tom = await people.one()
            cookie = f"rong_im_auth={tom.http.cookies['rong_im_auth']}"
            return Subject({"cookie": cookie}, ("GET", f"/user/{tom.id}"))

    def is_reply(self, status: int, kind: str, body: bytes) -> bool:
        if status == 200 and kind.startswith("image/"):
            return True
        answer = json.loads(body)
        if status == 200:
            return isinstance(answer["code"], int) and set(answer) <= {"code", "result"}
        return set(answer) in ({"code", "message"}, {"code", "message", "msg"})

    def is_done(self, status: int, kind: str, body: bytes) -> bool:
        return status == 200 and b'"code":200' in body


class Leaf:
    """How leaf's clients know a failure."""

    ends_session: frozenset[str] = frozenset()

    async def sign_up(self, gateway: str) -> Subject:
        async with Viewers(gateway) as viewers:
            tom = await viewers.one()
            return Subject({"authorization": tom.token}, ("GET", "/api/v1/user/info/get"))

    def is_reply(self, status: int, kind: str, body: bytes) -> bool:
        if status == 404:
            return kind.startswith("text/plain")
        if status == 200 and kind.startswith("image/"):
            return True
        answer = json.loads(body)
        return list(answer) == ["code", "data", "msg"] and (
            status == 200 or (status in (400, 413) and answer["code"] == 4010)
        )

    def is_done(self, status: int, kind: str, body: bytes) -> bool:
        return status == 200 and body.startswith(b'{"code":200')


class Thinksns:
    """How thinksns' clients know a failure."""

    ends_session = frozenset(("DELETE /api/v2/user", "/api/v2/auth/logout", "/api/v2/auth/refresh"))

    async def sign_up(self, gateway: str) -> Subject:
        async with People(gateway) as people:
            tom = await Member(people.stranger().http).sign_up()
            return Subject({"authorization": f"Bearer {tom.token}"}, ("GET", "/api/v2/user"))

    def is_reply(self, status: int, kind: str, body: bytes) -> bool:
        if status == 204:
            return not body
        if status < 300:
            return kind.startswith("image/") or isinstance(json.loads(body), dict | list)
        answer = json.loads(body)
        return list(answer) in (["message"], ["message", "errors"]) and bool(answer["message"])

    def is_done(self, status: int, kind: str, body: bytes) -> bool:
        return status < 300


class Yunhu:
    """How the clients of yunhu know a failure, in JSON and in protobuf."""

    ends_session = frozenset(("/v1/user/logout", "/v1/user/device-offline", "/v1/user/cancel-user"))

    async def sign_up(self, gateway: str) -> Subject:
        async with Clients(gateway) as clients:
            tom = await Citizen(clients.client()).sign_in()
            return Subject(tom.headers, ("POST", "/v1/user/get-user-data"))

    def is_reply(self, status: int, kind: str, body: bytes) -> bool:
        if kind == PROTOBUF:
            answer = seed_messages.read("edit_nickname", body).status
            return status in (200, 413) and bool(answer.number and answer.code and answer.msg)
        found = json.loads(body)
        return (
            status in (200, 404, 413)
            and isinstance(found["code"], int)
            and bool(found["msg"])
            and set(found) in ({"code", "msg"}, {"code", "data", "msg"})
        )

    def is_done(self, status: int, kind: str, body: bytes) -> bool:
        if kind == PROTOBUF:
            return bool(seed_messages.read("edit_nickname", body).status.code == 1)
        return bool(json.loads(body)["code"] == 1)


JUDGES: dict[str, Judge] = {
    "sealtalk": Sealtalk(),
    "leaf": Leaf(),
    "yunhu": Yunhu(),
    "thinksns": Thinksns(),
}
"""By the name of the dialect; a new one is a line here."""
