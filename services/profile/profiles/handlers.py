"""What happens to profiles, in order."""

from services.profile.clock import now
from services.profile.profiles import rules
from services.profile.profiles.store import ProfileStore
from shared import texts
from shared.contract import Table
from shared.contracts import auth, profile
from shared.erasure import may_keep
from shared.mongo import Mongo, Session
from shared.outbox import Outbox


class ProfileHandlers:
    """Opens, reads and changes profiles."""

    def __init__(self, profiles: ProfileStore, mongo: Mongo, outbox: Outbox) -> None:
        self._profiles, self._mongo, self._outbox = profiles, mongo, outbox

    async def open(self, ask: profile.OpenProfile) -> None:
        """Make the profile of a new account, unless it is there or its person was erased.

        Announces `ProfileOpened` if it made one. Refuses a nickname that cannot be shown.
        """
        texts.check_nickname(ask.nickname)
        await self._mongo.transact(lambda session: self._open(session, ask.user_id, ask.nickname))
        self._outbox.nudge()

    async def on_registered(self, event: auth.UserRegistered, session: Session) -> None:
        """Make the profile that auth could not ask for; whatever the nickname, there is one."""
        user_id = event.user_id
        nickname = texts.nickname_from(event.nickname, event.username, str(user_id))
        await self._open(session, user_id, nickname)

    async def _open(self, session: Session, user_id: int, nickname: str) -> None:
        if await self._profiles.find(session, user_id):
            return
        if not await may_keep(self._mongo, session, user_id):
            return
        time = now()
        new = profile.Profile(user_id=user_id, nickname=nickname, created_at=time, updated_at=time)
        if await self._profiles.insert(session, new):
            opened = profile.ProfileOpened(user_id=user_id, nickname=nickname)
            await self._outbox.record(session, opened)

    async def read(self, ask: profile.ReadProfiles) -> list[profile.Profile]:
        """Give profiles to anyone who asks; reads at the same time share a query."""
        return await self._profiles.read(ask.user_ids)

    async def change(self, ask: profile.ChangeProfile) -> profile.Profile:
        """Change the caller's own profile and give it as it is then.

        Announces `ProfileChanged` with the fields that really are different; if none is, nothing
        is written. Refuses unusable text and addresses, and a person who has no profile.
        """
        rules.check_change(ask)
        present = await self._mongo.transact(lambda session: self._change(session, ask))
        self._outbox.nudge()
        return present

    async def moderate(self, ask: profile.ModerateProfile) -> None:
        """Write somebody's bio on behalf of an administrator."""
        await self.change(profile.ChangeProfile(user_id=ask.user_id, bio=ask.bio))

    async def _change(self, session: Session, ask: profile.ChangeProfile) -> profile.Profile:
        present = await self._profiles.find(session, ask.user_id)
        if present is None:
            raise profile.NoSuchProfile
        values = rules.changes(present, ask)
        if not values:
            return present
        present = rules.changed(present, values)
        await self._profiles.update(session, present, *values)
        event = profile.ProfileChanged(
            user_id=present.user_id,
            changed=list(values),
            nickname=present.nickname,
            avatar=present.avatar,
        )
        await self._outbox.record(session, event)
        return present

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            profile.open_profile: self.open,
            profile.read_profiles: self.read,
            profile.change_profile: self.change,
            profile.moderate_profile: self.moderate,
        }
