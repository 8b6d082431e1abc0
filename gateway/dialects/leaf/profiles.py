"""What people show of themselves, and whom a name belongs to."""

import asyncio

from msgspec import UNSET, UnsetType

from gateway.core import Core
from gateway.dialects.leaf import rules, views
from gateway.dialects.leaf.envelope import NO_SUCH_USER, STALE_LINK, Done, Ok, Refused, done, ok
from gateway.dialects.leaf.images import Images
from gateway.dialects.leaf.people import People
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import accounts, lookups, pictures, profile

FRESH_SECONDS = 20 * 60
"""How long after its upload a picture may become an avatar or a cover (reference 3.2)."""


class Profiles(Handlers):
    """Shows people, and lets them change what they show."""

    def __init__(self, core: Core, images: Images, people: People) -> None:
        self.core, self.images, self.people = core, images, people

    async def show_own(self, caller: Caller) -> Ok[views.OwnInfo]:
        """Show oneself, the e-mail address masked."""
        account, found = await self._own(caller)
        email = rules.masked(account.email)
        return ok(views.OwnInfo(views.user_info(account, found, self.images, email)))

    async def _own(self, caller: Caller) -> tuple[accounts.Account, profile.Profile]:
        ask = accounts.ByUser(user_id=caller.user_id)
        account = self.core.bus.ask(accounts.read_account, ask, caller=caller)
        return await asyncio.gather(account, self.core.profiles.one(caller.user_id))

    async def show(self, uid: str | None = None) -> Ok[views.OneUser]:
        """Show a person as everybody sees them: 4040 if there is none."""
        found = await self.people.shown([rules.whole(uid) or 0])
        if not found:
            raise Refused(NO_SUCH_USER)
        return ok(views.OneUser(found[0]))

    async def find(self, name: str = "") -> Ok[views.Uid]:
        """Tell whose name it is, whatever its case; 0 if it is nobody's."""
        if not 1 <= len(name) <= rules.LONGEST_KNOWN_NAME:
            return ok(views.Uid(0))
        return ok(views.Uid(await self._owner(name)))

    async def _owner(self, name: str) -> int:
        ask = lookups.ListAccounts(limit=1, usernames=[name])
        found = await self.core.bus.ask(lookups.list_accounts, ask)
        return found[0].user_id if found else 0

    async def change(self, data: views.Info, caller: Caller) -> Done:
        """Write what one shows: 6000 for a name that is taken, 1020 for a picture not so new.

        Everything is written; what is posted back as it was shown stays what it is.
        """
        account, present = await self._own(caller)
        name = rules.changed(data.name, account.username, rules.name)
        sign = rules.changed(data.sign, present.bio, rules.sign)
        born, gender = rules.birthday(data.birthday), rules.gender(data.gender)
        avatar: str | UnsetType = UNSET
        if data.avatar != self.images.shown(present.avatar):
            # Nothing is written before the picture is looked at, but a taken name is said first.
            if name != account.username and await self._owner(name) not in (0, caller.user_id):
                raise accounts.UsernameTaken()
            avatar = await self._own_picture(data.avatar, caller)
        if name != account.username:
            change = accounts.ChangeUsername(user_id=caller.user_id, username=name)
            await self.core.bus.ask(accounts.change_username, change, caller=caller)
        ask = profile.ChangeProfile(
            user_id=caller.user_id,
            avatar=avatar,
            bio=sign,
            gender=UNSET if gender == views.gender(present.gender) else gender,
            birthday=UNSET if born == (present.birthday or rules.NO_BIRTHDAY) else born,
        )
        await self.core.bus.ask(profile.change_profile, ask, caller=caller)
        return done()

    async def change_cover(self, data: views.Cover, caller: Caller) -> Done:
        """Show another cover: 1020 unless one uploaded it oneself in the last twenty minutes."""
        cover = await self._own_picture(data.spacecover, caller)
        ask = profile.ChangeProfile(user_id=caller.user_id, cover=cover)
        await self.core.bus.ask(profile.change_profile, ask, caller=caller)
        return done()

    async def _own_picture(self, url: str, caller: Caller) -> str:
        """Give the address to keep of a picture that the caller has just uploaded."""
        key = self.images.key(url)
        if key is None:
            raise Refused(STALE_LINK)
        ask = pictures.OwnPicture(user_id=caller.user_id, key=key, within=FRESH_SECONDS)
        await self.core.bus.ask(pictures.own_picture, ask, caller=caller)
        return self.images.kept(key)
