"""Whether people exist, as the profile service knows it."""

from collections.abc import Collection, Iterable

from shared import erasure
from shared.bus import Bus
from shared.contracts import profile, relations
from shared.mongo import Mongo, Session


class People:
    """Asks for people before something is kept of them."""

    def __init__(self, bus: Bus, mongo: Mongo) -> None:
        self._bus, self._mongo = bus, mongo

    async def check(self, user_ids: Collection[int]) -> None:
        """Refuse if one of these people, 500 at the most, does not exist."""
        ask = profile.ReadProfiles(user_ids=list(user_ids))
        found = await self._bus.ask(profile.read_profiles, ask)
        if len(found) < len(set(user_ids)):
            raise relations.NoSuchPerson

    async def keep(self, session: Session, user_ids: Iterable[int]) -> None:
        """Refuse, in a transaction that keeps something of these people, if one is erased."""
        if not await erasure.may_keep_all(self._mongo, session, user_ids):
            raise relations.NoSuchPerson
