"""Leave to upload pictures."""

from gateway.core import Core
from gateway.dialects.yunhu import views
from gateway.dialects.yunhu.envelope import Ok
from gateway.handlers import Handlers
from shared.caller import Caller


class Images(Handlers):
    """Gives tokens for uploading."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def token(self, caller: Caller) -> Ok[views.ImageToken]:
        """Give leave to upload pictures: a form of `token` and `file`, posted to the domain."""
        leave = await self.core.images.leave(caller)
        return Ok(data=views.ImageToken(token=leave.token, domain=leave.domain))
