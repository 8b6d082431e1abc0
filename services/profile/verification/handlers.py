"""What happens to verifications, in order."""

from collections.abc import Iterable

import msgspec

from services.profile.pictures.objects import ObjectStore
from services.profile.pictures.rules import Tickets
from services.profile.pictures.store import PictureStore
from services.profile.verification import rules
from services.profile.verification.hiding import Copies, Hiding
from services.profile.verification.store import VerificationStore
from shared.caller import acting
from shared.clock import now
from shared.contract import Table
from shared.contracts import profile, verification
from shared.contracts.verification import PASS_SECONDS, State
from shared.erasure import may_keep
from shared.errors import AppError
from shared.mongo import Mongo, Session
from shared.outbox import Outbox
from shared.telemetry import logs

log = logs.logger("verification")


class VerificationHandlers:
    """Keeps what people submit, shows each the part that is theirs to see, and decides."""

    def __init__(
        self,
        mongo: Mongo,
        outbox: Outbox,
        kept: VerificationStore,
        pictures: PictureStore,
        objects: ObjectStore,
        tickets: Tickets,
        hiding: Hiding,
    ) -> None:
        self._mongo, self._outbox, self._kept, self._hiding = mongo, outbox, kept, hiding
        self._pictures, self._objects, self._tickets = pictures, objects, tickets

    async def submit(self, ask: verification.SubmitVerification) -> None:
        """Keep the caller's first submission; its pictures become private with it (`hiding.py`).

        Refuses unusable text, a second submission, and pictures that are not the caller's.
        """
        rules.check(ask)

        async def work(session: Session, copies: Copies) -> None:
            if not await may_keep(self._mongo, session, ask.user_id):
                raise profile.NoSuchProfile
            if await self._kept.find(ask.user_id, session):
                raise verification.AlreadySubmitted
            hidden = await self._hiding.hide(ask, copies, session)
            type_, submission = rules.type_of(ask), rules.new_submission()
            if not await self._kept.insert(hidden, type_, submission, now(), session):
                raise verification.AlreadySubmitted
            await self._announce(ask.user_id, State.WAITING, session, submission)

        await self._hiding.transact(work)

    async def resubmit(self, ask: verification.SubmitVerification) -> None:
        """Keep another submission of the caller after a refusal; it waits again.

        Pictures that it names no more are removed. Refuses what `submit` does, a person who has
        none, one that was not refused, and one of the other type.
        """
        rules.check(ask)
        left_over = await self._hiding.transact(
            lambda session, copies: self._resubmit(ask, session, copies)
        )
        await self._remove_objects(left_over)

    async def _resubmit(
        self, ask: verification.SubmitVerification, session: Session, copies: Copies
    ) -> set[str]:
        present = await self._find(ask.user_id, session)
        if not rules.may_resubmit(present.state):
            raise verification.AlreadySubmitted
        if rules.type_of(ask) is not present.type:
            raise verification.OtherType
        hidden = await self._hiding.hide(ask, copies, session)
        submission = rules.new_submission()
        await self._kept.replace(hidden, submission, now(), session)
        keys = set(rules.pictures_of(hidden.person, hidden.org))
        left_over = set(rules.pictures_of(present.person, present.org)) - keys
        await self._pictures.remove(ask.user_id, left_over, session)
        await self._announce(ask.user_id, State.WAITING, session, submission)
        return left_over

    async def withdraw(self, ask: verification.OfPerson) -> None:
        """Remove the caller's verification with its pictures, in whatever state it is."""

        async def work(session: Session) -> list[str]:
            present = await self._find(ask.user_id, session)
            keys = rules.pictures_of(present.person, present.org)
            await self._kept.erase(ask.user_id, session)
            await self._pictures.remove(ask.user_id, keys, session)
            await self._announce(ask.user_id, None, session)
            return keys

        keys = await self._outbox.transact(work)
        await self._remove_objects(keys)

    async def read(self, ask: verification.OfPerson) -> verification.Verification:
        """Give a whole verification, with passes to its pictures."""
        found = await self._find(ask.user_id)
        pictures = []
        for picture in await self._pictures.some(rules.pictures_of(found.person, found.org)):
            pass_, expires_at = self._tickets.admit(picture.key, PASS_SECONDS)
            pictures.append(
                verification.PrivatePicture(picture=picture, pass_=pass_, expires_at=expires_at)
            )
        return msgspec.structs.replace(found, pictures=pictures)

    async def read_public(
        self, ask: verification.OfPeople
    ) -> list[verification.PublicVerification]:
        """Give to anyone what everyone sees."""
        return await self._kept.public(ask.user_ids)

    async def list(
        self, ask: verification.ListVerifications
    ) -> list[verification.PublicVerification]:
        """Give an administrator those in a state, the longest waiting first."""
        after = await self._kept.public([ask.after]) if ask.after else []
        return await self._kept.page(ask.state, after[0] if after else None, ask.limit)

    async def let_pass(self, ask: verification.Pass) -> None:
        """Pass what waits, if it is still what the administrator read."""
        await self._decide(ask, State.PASSED, slogan=ask.slogan)

    async def refuse(self, ask: verification.Refuse) -> None:
        """Refuse what waits, if it is still what the administrator read."""
        await self._decide(ask, State.REFUSED, reason=ask.reason)

    async def _decide(
        self, ask: verification.Pass | verification.Refuse, state: State, **values: str | None
    ) -> None:
        reviewer = acting().user_id

        async def work(session: Session) -> None:
            await self._find(ask.user_id, session)
            if not await self._kept.decide(
                ask.user_id,
                ask.submission,
                session,
                state=int(state),
                updated_at=now(),
                reviewer_id=reviewer,
                **values,
            ):
                raise verification.ReviewedMeanwhile
            await self._announce(ask.user_id, state, session, ask.submission)

        await self._outbox.transact(work)
        log.info("verification.decided", user_id=ask.user_id, state=state.name, reviewer=reviewer)

    async def _find(
        self, user_id: int, session: Session | None = None
    ) -> verification.Verification:
        found = await self._kept.find(user_id, session)
        if found is None:
            raise verification.NoVerification
        return found

    async def _announce(
        self, user_id: int, state: State | None, session: Session, submission: str | None = None
    ) -> None:
        event = verification.VerificationChanged(
            user_id=user_id, state=state, submission=submission
        )
        await self._outbox.record(session, event)

    async def _remove_objects(self, keys: Iterable[str]) -> None:
        """Remove the bytes of pictures that are none any more; the sweep takes what is left."""
        for key in keys:
            try:
                await self._objects.delete(key)
            except AppError as error:
                log.warning("verification.picture_left_over", error=repr(error))

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's verification; its pictures go with all of theirs."""
        await self._kept.erase(user_id, session)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            verification.submit: self.submit,
            verification.resubmit: self.resubmit,
            verification.withdraw: self.withdraw,
            verification.read_own: self.read,
            verification.read_any: self.read,
            verification.read_public: self.read_public,
            verification.list_all: self.list,
            verification.let_pass: self.let_pass,
            verification.refuse: self.refuse,
        }
