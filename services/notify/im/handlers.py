"""What can be asked about instant messaging."""

from services.notify.im.providers import ImProvider
from services.notify.im.store import MongoImTokens
from shared.contract import Table
from shared.contracts import notify


class Im:
    """Gives people the token that their client connects to instant messaging with."""

    def __init__(self, tokens: MongoImTokens, provider: ImProvider) -> None:
        self._tokens, self._provider = tokens, provider

    async def token(self, ask: notify.GetImToken) -> notify.ImToken:
        """Give the person asking a token: the stored one, or a new one if none is or `fresh`."""
        provider = self._provider.name
        if not ask.fresh:
            stored = await self._tokens.find(ask.user_id, provider, ask.im_id)
            if stored is not None:
                return notify.ImToken(token=stored)
        token = await self._provider.token(ask.im_id, ask.nickname, ask.avatar)
        await self._tokens.keep(ask.user_id, provider, ask.im_id, token)
        return notify.ImToken(token=token)

    def table(self) -> Table:
        """What can be asked."""
        return {notify.get_im_token: self.token}
