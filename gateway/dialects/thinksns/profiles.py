"""Changing what one shows."""

from msgspec import UNSET, UnsetType

from gateway.core import Core
from gateway.dialects.thinksns import inputs, rules
from gateway.dialects.thinksns.checks import Checks, Invalid, required
from gateway.dialects.thinksns.files import Files
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import accounts, lookups, pictures, profile
from shared.contracts.profile import Gender


class Profiles(Handlers):
    """Changes profiles."""

    def __init__(self, core: Core, files: Files) -> None:
        self.core, self.files = core, files

    async def change(self, data: inputs.ProfileChange, caller: Caller) -> None:
        """Change name, bio, sex, location, avatar and background: those that are given.

        Nothing changes if one of them is not right, a name that is taken among them, or while one
        of the two services that keep them does not answer. The name and the bio that one has are
        always right: they may be of another dialect.
        """
        checks = Checks()
        given_name = UNSET if await self._is_kept(data.name, caller) else data.name
        given_bio = UNSET if await self._is_kept_bio(data.bio, caller) else data.bio
        name = checks.change("name", required(rules.user_name), given_name)
        bio = checks.change("bio", rules.bio, given_bio)
        sex = checks.change("sex", rules.sex, data.sex)
        place = checks.change("location", rules.location, data.location)
        avatar = checks.change("avatar", rules.picture, data.avatar)
        bg = checks.change("bg", rules.picture, data.bg)
        checks.end()
        ask = profile.ChangeProfile(
            user_id=caller.user_id,
            bio=bio,
            gender=UNSET if isinstance(sex, UnsetType) else Gender(sex),
            place=place,
            avatar=await self._picture("avatar", avatar, caller),
            cover=await self._picture("bg", bg, caller),
        )
        shows_else = ask != profile.ChangeProfile(user_id=caller.user_id)
        if not isinstance(name, UnsetType):
            if shows_else:
                await self.core.profiles.one(caller.user_id)  # or the name alone would change
            renamed = accounts.ChangeUsername(user_id=caller.user_id, username=name)
            await self.core.bus.ask(accounts.change_username, renamed, caller=caller)
        if shows_else:
            await self.core.bus.ask(profile.change_profile, ask, caller=caller)

    async def _is_kept(self, name: str | UnsetType | None, caller: Caller) -> bool:
        """Tell whether a name that nobody could choose here is the caller's own."""
        if not isinstance(name, str) or rules.is_user_name(name):
            return False
        ask = lookups.ReadAccounts(user_ids=[caller.user_id])
        found = await self.core.bus.ask(lookups.read_accounts, ask)
        return any(one.username == name for one in found)

    async def _is_kept_bio(self, bio: str | UnsetType | None, caller: Caller) -> bool:
        """Tell whether a bio that is longer than any here is the caller's own."""
        if not isinstance(bio, str) or len(bio) <= rules.BIO_MOST:
            return False
        return (await self.core.profiles.one(caller.user_id)).bio.strip() == bio

    async def _picture(
        self, field: str, key: str | UnsetType | None, caller: Caller
    ) -> str | UnsetType:
        """Give the link of a picture of the caller's own, or nothing where it is taken away."""
        if isinstance(key, UnsetType):
            return UNSET
        if key is None:
            return ""
        ask = pictures.OwnPicture(user_id=caller.user_id, key=key)
        try:
            await self.core.bus.ask(pictures.own_picture, ask, caller=caller)
        except pictures.NotYourPicture:
            raise Invalid.at(field, "文件不存在") from None
        return self.files.kept(key)
