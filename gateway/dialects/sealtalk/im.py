"""Tokens for instant messaging, and for uploading pictures to it."""

import time

import msgspec

from gateway.core import Core
from gateway.dialects.sealtalk import views
from gateway.dialects.sealtalk.envelope import Ok
from gateway.dialects.sealtalk.ids import PublicIds
from gateway.handlers import Handlers
from gateway.images import UploadLeave
from shared.caller import Caller
from shared.contracts import notify
from shared.errors import AppError
from shared.seals import seal
from shared.settings import Key, KeyRing
from shared.telemetry import logs

LOGIN_SECONDS = 2.0
"""How long a login waits for instant messaging."""

PURPOSE = "im"
"""What a local token is sealed for."""

log = logs.logger("sealtalk")


class LocalTicket(msgspec.Struct, frozen=True, array_like=True):
    """What a local token says: who, and since when (nanoseconds since 1970); it does not expire."""

    im_id: str
    issued_at: int


class LocalTokens:
    """Seals tokens for an instant-messaging server that has the same key."""

    def __init__(self, key: Key) -> None:
        self._keys = KeyRing({"i": key})

    def new(self, im_id: str) -> str:
        """Seal a new token: it costs less than asking for an old one."""
        ticket = LocalTicket(im_id, time.time_ns())
        return seal(self._keys, PURPOSE, msgspec.msgpack.encode(ticket))


class InstantMessaging(Handlers):
    """Gives tokens: those of a provider elsewhere are asked for on a person's behalf."""

    def __init__(self, core: Core, ids: PublicIds) -> None:
        self.core, self.ids = core, ids
        key = core.config.im_key
        self._local = LocalTokens(key) if key and core.config.im_provider == "local" else None

    async def get_token(self, caller: Caller) -> Ok[views.ImToken]:
        """Make a new token, or have the provider make one."""
        token = await self._token(caller, fresh=True)
        word = self.ids.encode(caller.user_id)
        return Ok(result=views.ImToken(id=word, user_id=word, token=token))

    async def token_at_login(self, caller: Caller) -> str:
        """Give the token that a login answers with; empty if the provider does not answer.

        A person can then log in all the same, and the client asks `get_token` for it.
        """
        try:
            return await self._token(caller, fresh=False, timeout=LOGIN_SECONDS)
        except AppError as error:
            log.warning("im.no_token_at_login", user_id=caller.user_id, error=error.code)
            return ""

    async def _token(self, caller: Caller, *, fresh: bool, timeout: float | None = None) -> str:
        im_id = self.ids.encode(caller.user_id)
        if self._local:
            return self._local.new(im_id)
        ask = notify.GetImToken(user_id=caller.user_id, im_id=im_id, fresh=fresh)
        answer = await self.core.bus.ask(notify.get_im_token, ask, caller=caller, timeout=timeout)
        return answer.token

    async def get_image_token(self, caller: Caller) -> Ok[UploadLeave]:
        """Give leave to upload a picture."""
        return Ok(result=await self.core.images.leave(caller))
