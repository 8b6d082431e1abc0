"""Many people at once, as everybody sees them."""

import asyncio
from collections.abc import Sequence

from gateway.core import Core
from gateway.dialects.leaf import views
from gateway.dialects.leaf.images import Images
from shared.contracts import lookups
from shared.contracts.accounts import State
from shared.contracts.lookups import PublicAccount


class People:
    """Reads what lists of people are made of."""

    def __init__(self, core: Core, images: Images) -> None:
        self._core, self._images = core, images

    async def shown(self, user_ids: Sequence[int]) -> list[views.User]:
        """Show people in this order, without those who are gone; their names are usernames."""
        known = [one for one in user_ids if 1 <= one < 2**63]
        if not known:
            return []
        ask = lookups.ReadAccounts(user_ids=known)
        found, profiles = await asyncio.gather(
            self._core.bus.ask(lookups.read_accounts, ask), self._core.profiles.many(known)
        )
        here = filter(_is_here, found)
        return views.users(known, here, profiles, self._images)


def _is_here(account: PublicAccount) -> bool:
    return account.state in (State.ACTIVE, State.DISABLED)
