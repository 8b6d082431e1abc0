"""Who gives instant-messaging tokens: ourselves, or RongCloud."""

import asyncio
import hashlib
import secrets
import time
from typing import Protocol

import httpx
import msgspec

from shared.contracts.notify import GetImToken, ImRefused
from shared.seals import seal
from shared.settings import Key, KeyRing
from shared.telemetry import logs

RONGCLOUD_SECONDS = 2.0
"""How long RongCloud may take in all: a client waits for the token at its login."""

LONGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are read: a token has some hundred."""

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
        return seal(self._keys, PURPOSE, msgspec.msgpack.encode(ticket))


class _Answer(msgspec.Struct, frozen=True):
    code: int
    user_id: str = msgspec.field(name="userId", default="")
    token: str = ""


_decode_answer = msgspec.json.Decoder(_Answer).decode


class RongCloud:
    """RongCloud's server API; whatever goes wrong with it, the caller hears `ImRefused`."""

    def __init__(self, client: httpx.AsyncClient, url: str, app_key: str, app_secret: str) -> None:
        self.name = f"rongcloud:{app_key}"
        self._client, self._url = client, f"{url.rstrip('/')}/user/getToken.json"
        self._app_key, self._app_secret = app_key, app_secret

    async def token(self, im_id: str, nickname: str, avatar: str) -> str:
        """Ask for a token; it registers the person, or renews their name and picture, as well."""
        form = {"userId": im_id, "name": nickname or im_id, "portraitUri": avatar}
        try:
            async with asyncio.timeout(RONGCLOUD_SECONDS):
                status, body = await self._post(form)
            answer = _decode_answer(body)
        except (httpx.HTTPError, TimeoutError, msgspec.MsgspecError, RecursionError) as error:
            log.warning("im.refused", provider="rongcloud", error=type(error).__name__)
            raise ImRefused from None
        right = answer.code == 200 and answer.user_id == im_id
        if not (right and 0 < len(answer.token) <= LONGEST_TOKEN):
            log.warning("im.refused", provider="rongcloud", status=status, code=answer.code)
            raise ImRefused
        return answer.token

    async def _post(self, form: dict[str, str]) -> tuple[int, bytes]:
        """Send a form and read the answer, as far as it is of a sensible size."""
        headers = signed_headers(self._app_key, self._app_secret)
        body = bytearray()
        async with self._client.stream("POST", self._url, data=form, headers=headers) as response:
            async for part in response.aiter_bytes():
                body += part
                if len(body) > LONGEST_ANSWER:
                    raise httpx.DecodingError("answer too long")
        return response.status_code, bytes(body)


def signed_headers(app_key: str, app_secret: str) -> dict[str, str]:
    """Sign one request: SHA-1 over secret, nonce (at most 18 characters) and milliseconds.

    SHA-1 is what RongCloud asks for.
    """
    nonce, timestamp = secrets.token_hex(8), str(time.time_ns() // 1_000_000)
    text = f"{app_secret}{nonce}{timestamp}".encode()
    return {
        "App-Key": app_key,
        "Nonce": nonce,
        "Timestamp": timestamp,
        "Signature": hashlib.sha1(text, usedforsecurity=False).hexdigest(),
    }
