"""Taking the pictures of a verification out of sight, but for those that their owner shows.

A picture that is the person's avatar or cover goes on being shown: what is kept with the
verification is a private copy of its own.
"""

import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.profile.pictures.objects import ObjectStore, remove_all
from services.profile.pictures.rules import media_type_of, new_key
from services.profile.pictures.store import PictureStore
from services.profile.profiles.rules import pictures_in
from services.profile.profiles.store import ProfileStore
from services.profile.verification import rules
from shared.contracts import pictures
from shared.contracts.verification import SubmitVerification
from shared.errors import AppError, Kind
from shared.mongo import Session
from shared.outbox import Outbox

Copies = dict[str, str]
"""Keys of copies whose bytes are there, by the keys of what they were made of."""

T = TypeVar("T")


class _Shown(Exception):
    """These are shown, and there are no copies of them yet: the transaction is run again."""

    def __init__(self, keys: set[str]) -> None:
        super().__init__()
        self.keys = keys


class Hiding:
    """Makes pictures private, and copies of those that are shown."""

    def __init__(
        self, outbox: Outbox, profiles: ProfileStore, documents: PictureStore, objects: ObjectStore
    ) -> None:
        self._outbox, self._profiles = outbox, profiles
        self._documents, self._objects = documents, objects

    async def transact(self, work: Callable[[Session, Copies], Awaitable[T]]) -> T:
        """Run `work` in a transaction, again with copies of what `hide` finds to be shown.

        The bytes of copies are written before their documents; if these never come, the sweep
        removes what is not removed here.
        """
        copies: Copies = {}
        try:
            while True:
                try:
                    return await self._outbox.transact(lambda session: work(session, copies))
                except _Shown as shown:
                    for key in shown.keys:
                        copies[key] = await self._copy(key)
        except AppError as error:
            if error.kind is not Kind.UNAVAILABLE:  # after that it may be kept all the same
                with contextlib.suppress(AppError):
                    await remove_all(self._objects, copies.values())
            raise

    async def _copy(self, key: str) -> str:
        content = await self._objects.get(key)
        if content is None:
            raise pictures.NotYourPicture
        copy = new_key(media_type_of(key))
        await self._objects.put(copy, content)
        return copy

    async def hide(
        self, ask: SubmitVerification, copies: Copies, session: Session
    ) -> SubmitVerification:
        """Make what was submitted private; gives it with copies in place of what is shown.

        Refuses pictures that are not the caller's.
        """
        keys = set(rules.pictures_of(ask.person, ask.org))
        await self._documents.check_owner(ask.user_id, keys, session)
        shown = keys & await self._shown(ask.user_id, session)
        if missing := shown - copies.keys():
            raise _Shown(missing)
        await self._documents.make_private(ask.user_id, keys - shown, session)
        for key in shown:
            await self._documents.insert_private(key, copies[key], session)
        return rules.with_pictures(ask, {key: copies[key] for key in shown})

    async def _shown(self, user_id: int, session: Session) -> set[str]:
        present = await self._profiles.hold(session, user_id)
        return pictures_in(present) if present else set()
