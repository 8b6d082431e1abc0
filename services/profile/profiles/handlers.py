"""What happens to profiles, in order."""

from services.profile.numbers import Numbers
from services.profile.pictures.store import PictureStore
from services.profile.profiles import rules
from services.profile.profiles.store import ProfileStore
from shared import texts
from shared.clock import now
from shared.contract import Table
from shared.contracts import accounts, profile, registration
from shared.erasure import may_keep
from shared.mongo import Mongo, Session
from shared.outbox import Outbox


class ProfileHandlers:
    """Opens, reads and changes profiles."""

    def __init__(
        self,
        profiles: ProfileStore,
        pictures: PictureStore,
        numbers: Numbers,
        mongo: Mongo,
        outbox: Outbox,
    ) -> None:
        self._profiles, self._pictures, self._numbers = profiles, pictures, numbers
        self._mongo, self._outbox = mongo, outbox

    async def open(self, ask: profile.OpenProfile) -> None:
        """Make the profile of a new account, unless it is there or its person was erased.

        Announces `ProfileOpened` if it made one. Refuses a nickname that cannot be shown.
        """
        texts.check_nickname(ask.nickname)
        await self._outbox.transact(lambda session: self._open(session, ask.user_id, ask.nickname))

    async def on_registered(self, event: registration.UserRegistered, session: Session) -> None:
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
        is written. Refuses unusable text and addresses, one's own private pictures, and a person
        who has no profile.
        """
        rules.check_change(ask)
        numbers = {
            "name_id": await self._numbers.one() if ask.nickname else 0,
            "avatar_id": await self._numbers.one() if ask.avatar else 0,
        }
        return await self._outbox.transact(lambda session: self._change(session, ask, numbers))

    async def moderate(self, ask: profile.ModerateProfile) -> None:
        """Write somebody's bio on behalf of an administrator."""
        await self.change(profile.ChangeProfile(user_id=ask.user_id, bio=ask.bio))

    async def _change(
        self, session: Session, ask: profile.ChangeProfile, numbers: dict[str, int]
    ) -> profile.Profile:
        present = await self._profiles.find(session, ask.user_id)
        if present is None:
            raise profile.NoSuchProfile
        values = rules.changes(present, ask)
        if not values:
            return present
        fresh = {name: numbers[name] for name in rules.numbered(values)}
        before, present = present, rules.changed(present, values | fresh)
        await self._profiles.update(session, present, *values, *fresh)
        await self._note_pictures(before, present, session)
        event = profile.ProfileChanged(
            user_id=present.user_id,
            changed=list(values),
            nickname=present.nickname,
            avatar=present.avatar,
        )
        await self._outbox.record(session, event)
        return present

    async def _note_pictures(
        self, before: profile.Profile, present: profile.Profile, session: Session
    ) -> None:
        """Note which pictures a profile shows now, and which no more: those go after a day."""
        were, are = rules.pictures_in(before), rules.pictures_in(present)
        begun = are - were
        if begun and not await self._pictures.use(present.user_id, begun, session):
            raise profile.UnusablePictureUrl
        if ended := were - are:
            await self._pictures.release(present.user_id, ended, session)

    async def on_disabled(self, event: accounts.UserDisabled, session: Session) -> None:
        """Take a person who is locked out off the lists of people."""
        await self._profiles.set_disabled(session, event.user_id, disabled=True)

    async def on_enabled(self, event: accounts.UserEnabled, session: Session) -> None:
        """Put a person who is let in again onto them."""
        await self._profiles.set_disabled(session, event.user_id, disabled=False)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            profile.open_profile: self.open,
            profile.read_profiles: self.read,
            profile.change_profile: self.change,
            profile.moderate_profile: self.moderate,
        }
