"""Who is nearby."""

from services.profile.nearby.store import NearbyStore
from shared.contract import Table
from shared.contracts import nearby


class NearbyHandlers:
    """Lists people of the caller's city."""

    def __init__(self, people: NearbyStore) -> None:
        self._people = people

    async def list(self, ask: nearby.ListNearby) -> nearby.Nearby:
        """Give people of the caller's city; nobody if the caller has none."""
        city = await self._people.city_of(ask.user_id)
        if not city:
            return nearby.Nearby(user_ids=[])
        found = await self._people.people_of(city, ask.user_id, ask.offset, ask.limit)
        return nearby.Nearby(user_ids=found)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {nearby.list_nearby: self.list}
