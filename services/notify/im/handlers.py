"""What can be asked about instant messaging."""

from services.notify.im.providers import ImProvider
from shared.contract import Table
from shared.contracts import notify


class Im:
    """Gives people the token that their client connects to instant messaging with."""

    def __init__(self, provider: ImProvider) -> None:
        self._provider = provider

    async def token(self, ask: notify.GetImToken) -> notify.ImToken:
        """Give the person asking a token, or raise `ImRefused`."""
        return notify.ImToken(token=await self._provider.token(ask))

    def table(self) -> Table:
        """What can be asked."""
        return {notify.get_im_token: self.token}
