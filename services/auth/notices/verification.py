"""Telling people what became of their verification, which the profile service decides about."""

from services.auth.accounts.store import MongoAccounts
from services.auth.notices.handlers import Notices
from shared.contract import Listeners
from shared.contracts import accounts, verification
from shared.contracts.verification import State
from shared.mongo import Session

TEMPLATES = {State.PASSED: "verification_passed", State.REFUSED: "verification_refused"}


class VerificationNotices:
    """Writes to people whose verification was decided about."""

    def __init__(self, accounts: MongoAccounts, notices: Notices) -> None:
        self._accounts, self._notices = accounts, notices

    async def on_changed(self, event: verification.VerificationChanged, session: Session) -> None:
        """Tell a person who can still log in what was decided; the reason is in the product."""
        template = event.state is not None and TEMPLATES.get(event.state)
        if not template or not event.submission:
            return
        account = await self._accounts.find_in(session, _id=event.user_id)
        if account and account.state == accounts.State.ACTIVE:
            await self._notices.tell(account, template, event.submission)

    def listeners(self) -> Listeners:
        """What is heard."""
        return {verification.VerificationChanged: self.on_changed}
