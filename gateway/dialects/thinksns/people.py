"""People as this dialect shows them: a page of them costs one call per service, however long."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from gateway.core import Core
from gateway.dialects.thinksns import verification_views, views
from gateway.dialects.thinksns.files import File, Files
from shared.caller import Caller
from shared.contracts import (
    accounts,
    checkins,
    follows,
    lookups,
    pictures,
    points,
    verification,
    vip,
)
from shared.contracts.accounts import State
from shared.contracts.profile import Profile

AT_ONCE = 500
"""People in one call: the least of what the services take."""


class OfSomebody(Protocol):
    """A row about a person."""

    @property
    def user_id(self) -> int:
        """Whom it is about."""
        ...


Row = TypeVar("Row", bound=OfSomebody)


class People:
    """Puts together what the services know of people."""

    def __init__(self, core: Core, files: Files) -> None:
        self._bus, self._profiles, self._files = core.bus, core.profiles, files

    async def shown(
        self, user_ids: Iterable[int], viewer: Caller | None, *, disabled: bool = False
    ) -> list[views.User]:
        """Show people to a viewer in the order asked.

        Left out are those who are gone, and who are locked out unless `disabled` says otherwise.
        """
        ids = list(dict.fromkeys(user_ids))
        parts = [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
        pages = await asyncio.gather(*(self._known(part, viewer) for part in parts))
        return [
            views.user(one)
            for page in pages
            for one in page
            if disabled or one.account.state is State.ACTIVE
        ]

    async def oneself(self, caller: Caller) -> views.OwnUser:
        """Show a person to themselves; raises `NoSuchAccount` if they have just left."""
        user_id, bus = caller.user_id, self._bus
        page, account, balances, own = await asyncio.gather(
            self._known([user_id], None),
            bus.ask(accounts.read_account, accounts.ByUser(user_id=user_id), caller=caller),
            bus.ask(points.read_balances, points.ReadBalances(user_ids=[user_id])),
            self._own_verification(caller),
        )
        if not page:
            raise accounts.NoSuchAccount()
        return views.oneself(page[0], views.KnownToOneself(account, balances[0], own))

    async def _own_verification(self, caller: Caller) -> verification_views.OwnVerification | None:
        ask = verification.OfPerson(user_id=caller.user_id)
        try:
            row = await self._bus.ask(verification.read_own, ask, caller=caller)
        except verification.NoVerification:
            return None
        return verification_views.own(row, self._files)

    async def _known(self, ids: list[int], viewer: Caller | None) -> list[views.Known]:
        if not ids:
            return []
        bus = self._bus
        (found, profiles, relations), (counts, checked_in, vips, verified) = await asyncio.gather(
            asyncio.gather(
                bus.ask(lookups.read_accounts, lookups.ReadAccounts(user_ids=ids)),
                self._pictured(ids),
                self._relations(ids, viewer),
            ),
            asyncio.gather(
                bus.ask(follows.count_follows, follows.CountFollows(user_ids=ids)),
                bus.ask(checkins.read_counts, checkins.ReadCounts(user_ids=ids)),
                bus.ask(vip.read_vips, vip.ReadVips(user_ids=ids)),
                bus.ask(verification.read_public, verification.OfPeople(user_ids=ids)),
            ),
        )
        account_of, follows_of = _by_user(found), _by_user(counts)
        checkins_of, vip_of = _by_user(checked_in), _by_user(vips)
        verified_of = _by_user(verified)
        return [
            views.Known(
                account=account_of[one.user_id],
                profile=one,
                follows=follows_of[one.user_id],
                checkins=checkins_of[one.user_id],
                vip=vip_of.get(one.user_id),
                avatar=avatar,
                bg=bg,
                relation=relations.get(one.user_id),
                verification=verification_views.public(verified_of.get(one.user_id)),
            )
            for one, avatar, bg in profiles
            if one.user_id in account_of
        ]

    async def _pictured(
        self, ids: Sequence[int]
    ) -> list[tuple[Profile, File | str | None, File | str | None]]:
        """Read profiles with their pictures: a file object where it is one of ours."""
        profiles = await self._profiles.many(ids)
        links = [link for one in profiles for link in (one.avatar, one.cover)]
        keys = list(dict.fromkeys(key for link in links if (key := self._files.key(link))))
        asks = [
            pictures.DescribePictures(keys=keys[start : start + pictures.READ_AT_ONCE])
            for start in range(0, len(keys), pictures.READ_AT_ONCE)
        ]
        answers = await asyncio.gather(
            *(self._bus.ask(pictures.describe_pictures, ask) for ask in asks)
        )
        shown = {one.key: self._files.shown(one) for part in answers for one in part}

        def picture(link: str) -> File | str | None:
            return shown.get(self._files.key(link) or "") or link or None

        return [(one, picture(one.avatar), picture(one.cover)) for one in profiles]

    async def _relations(
        self, ids: list[int], viewer: Caller | None
    ) -> dict[int, follows.Relation]:
        if viewer is None:
            return {}
        ask = follows.Relate(viewer_id=viewer.user_id, user_ids=ids)
        rows = await self._bus.ask(follows.relate, ask)
        return _by_user(rows)


def _by_user(rows: Iterable[Row]) -> dict[int, Row]:
    return {row.user_id: row for row in rows}
