"""Tokens of a provider elsewhere: asked for once, kept, and given again while it is down."""

from typing import Protocol

from services.notify.im.store import MongoImTokens
from shared.bus import Bus
from shared.contracts import notify, profile
from shared.contracts.profile import Profile
from shared.errors import AppError

PROFILE_SECONDS = 1.0
"""How long the name and picture that a provider wants to know are waited for."""


class RemoteIm(Protocol):
    """A provider that is told who a person is and makes a token."""

    name: str
    """Provider and application: a token of another one is of no use."""

    async def token(self, im_id: str, nickname: str, avatar: str) -> str:
        """Make a new token for a person, or raise `ImRefused`."""
        ...


class KeptTokens:
    """Keeps the last token of each person."""

    def __init__(self, remote: RemoteIm, tokens: MongoImTokens, bus: Bus) -> None:
        self._remote, self._tokens, self._bus = remote, tokens, bus

    async def token(self, ask: notify.GetImToken) -> str:
        """Give the stored token, or have a new one made if there is none or `fresh` asks for it."""
        name = self._remote.name
        if not ask.fresh and (stored := await self._tokens.find(ask.user_id, name, ask.im_id)):
            return stored
        shown = await self._shown(ask.user_id)
        nickname, avatar = (shown.nickname, shown.avatar) if shown else ("", "")
        token = await self._remote.token(ask.im_id, nickname, avatar)
        await self._tokens.keep(ask.user_id, name, ask.im_id, token)
        return token

    async def _shown(self, user_id: int) -> Profile | None:
        """Read a profile; a token without a name is better than none."""
        ask = profile.ReadProfiles(user_ids=[user_id])
        try:
            found = await self._bus.ask(profile.read_profiles, ask, timeout=PROFILE_SECONDS)
        except AppError:
            return None
        return found[0] if found else None
