"""What can be asked about instant messaging."""

from services.notify.im.kept import KeptTokens
from shared.contract import Table
from shared.contracts import notify


class Im:
    """Gives people the token that their client connects to instant messaging with."""

    def __init__(self, tokens: KeptTokens | None) -> None:
        self._tokens = tokens

    async def token(self, ask: notify.GetImToken) -> notify.ImToken:
        """Give the person asking a token, or raise `ImRefused`, also where no provider is set."""
        if self._tokens is None:
            raise notify.ImRefused()
        return notify.ImToken(token=await self._tokens.token(ask))

    def table(self) -> Table:
        """What can be asked."""
        return {notify.get_im_token: self.token}
