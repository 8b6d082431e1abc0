"""Tokens for instant messaging, and for uploading pictures to it."""

from gateway.core import Core
from gateway.dialects.sealtalk import views
from gateway.dialects.sealtalk.envelope import Ok
from gateway.dialects.sealtalk.ids import PublicIds
from gateway.handlers import Handlers
from gateway.images import UploadLeave
from shared.caller import Caller
from shared.contracts import notify
from shared.errors import AppError
from shared.telemetry import logs

LOGIN_SECONDS = 2.0
"""How long a login waits for instant messaging."""

log = logs.logger("sealtalk")


class InstantMessaging(Handlers):
    """Asks for tokens on a person's behalf."""

    def __init__(self, core: Core, ids: PublicIds) -> None:
        self.core, self.ids = core, ids

    async def get_token(self, caller: Caller) -> Ok[views.ImToken]:
        """Have the provider make a new token."""
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
        ask = notify.GetImToken(
            user_id=caller.user_id, im_id=self.ids.encode(caller.user_id), fresh=fresh
        )
        answer = await self.core.bus.ask(notify.get_im_token, ask, caller=caller, timeout=timeout)
        return answer.token

    async def get_image_token(self, caller: Caller) -> Ok[UploadLeave]:
        """Give leave to upload a picture."""
        return Ok(result=await self.core.images.leave(caller))
