"""Who gives instant-messaging tokens: ourselves, or RongCloud."""

import time
from typing import Protocol

import httpx
import msgspec

from services.notify.im.rongcloud import RongCloudApi
from shared.contracts.notify import GetImToken, ImRefused
from shared.encoding import to_msgpack
from shared.seals import seal
from shared.settings import Key, KeyRing
from shared.telemetry import logs

LONGEST_TOKEN = 4096
"""Characters that a token may have, as the contract has it."""

PURPOSE = "im"
"""What a local token is sealed for."""

log = logs.logger("im")


class ImProvider(Protocol):
    """Gives tokens that a client connects to instant messaging with."""

    async def token(self, ask: GetImToken) -> str:
        """Give a person a token, or raise `ImRefused`."""
        ...


class LocalTicket(msgspec.Struct, frozen=True, array_like=True):
    """What a local token says: who, and since when (nanoseconds since 1970); it does not expire."""

    im_id: str
    issued_at: int


class LocalIm:
    """Seals tokens itself, for an instant-messaging server that has the same key."""

    def __init__(self, key: Key) -> None:
        self._keys = KeyRing({"i": key})

    async def token(self, ask: GetImToken) -> str:
        """Seal a new token, `fresh` or not: it costs less than looking an old one up."""
        ticket = LocalTicket(ask.im_id, time.time_ns())
        return seal(self._keys, PURPOSE, to_msgpack(ticket))


class _Answer(msgspec.Struct, frozen=True):
    code: int
    user_id: str = msgspec.field(name="userId", default="")
    token: str = ""


_decode_answer = msgspec.json.Decoder(_Answer).decode


class RongCloud:
    """RongCloud's tokens; whatever goes wrong with it, the caller hears `ImRefused`."""

    def __init__(self, api: RongCloudApi) -> None:
        self.name, self._api = api.name, api

    async def token(self, im_id: str, nickname: str, avatar: str) -> str:
        """Ask for a token; it registers the person, or renews their name and picture, as well."""
        form = {"userId": im_id, "name": nickname or im_id, "portraitUri": avatar}
        try:
            status, body = await self._api.post("/user/getToken.json", form)
            answer = _decode_answer(body)
        except (httpx.HTTPError, TimeoutError, msgspec.MsgspecError, RecursionError) as error:
            log.warning("im.refused", provider="rongcloud", error=type(error).__name__)
            raise ImRefused from None
        right = answer.code == 200 and answer.user_id == im_id
        if not (right and 0 < len(answer.token) <= LONGEST_TOKEN):
            log.warning("im.refused", provider="rongcloud", status=status, code=answer.code)
            raise ImRefused
        return answer.token
