"""What happens to recommendations, in order."""

from services.profile.profiles.store import ProfileStore
from services.profile.recommendations.store import RecommendationStore
from shared.clock import now
from shared.contract import Table
from shared.contracts import profile, recommendations
from shared.erasure import may_keep
from shared.mongo import Mongo, Session


class RecommendationHandlers:
    """Keeps the administrators' picks."""

    def __init__(self, mongo: Mongo, picks: RecommendationStore, profiles: ProfileStore) -> None:
        self._mongo, self._picks, self._profiles = mongo, picks, profiles

    async def add(self, ask: recommendations.Recommend) -> None:
        """Recommend a person; refuses somebody whom there is not, and more than there may be."""

        async def work(session: Session) -> None:
            if await self._profiles.find(session, ask.user_id) is None:
                raise profile.NoSuchProfile
            if not await may_keep(self._mongo, session, ask.user_id):
                raise profile.NoSuchProfile
            await self._picks.insert(ask.user_id, now(), session)

        await self._mongo.transact(work)

    async def remove(self, ask: recommendations.Recommend) -> None:
        """Recommend a person no more."""
        await self._mongo.transact(lambda session: self.erase(ask.user_id, session))

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person who leaves."""
        await self._picks.remove(user_id, session)

    async def list(self, ask: recommendations.ListRecommended) -> list[recommendations.Recommended]:
        """Give a page of the recommended people to anyone."""
        return await self._picks.page(ask.offset, ask.limit)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            recommendations.recommend: self.add,
            recommendations.unrecommend: self.remove,
            recommendations.list_recommended: self.list,
        }
