"""How attempts to log in are counted."""

import contextlib

from services.auth.accounts.store import StoredAccount
from services.auth.human_checks.store import RedisHumanChecks
from services.auth.logins.failures import Counted, Failures
from shared.contracts import accounts, human_checks, sessions
from shared.errors import AppError
from shared.telemetry import logs, metrics

log = logs.logger("sessions")


def counted_as(account: StoredAccount | None, key: str = "") -> Counted:
    """Give what failures count against: the account, by whichever of its names it is tried."""
    if account:
        return Counted(f"account:{account.user_id}", account.epoch)
    return Counted(key.replace(":", " "))  # so that no name of nobody stands for an account


async def remember_network(failures: Failures, account: StoredAccount, ip: str) -> None:
    """Take the network of who registered or set a password for the owner's; not worth a failure."""
    if ip:
        with contextlib.suppress(AppError):
            await failures.proved(counted_as(account), ip)


def is_administrator(account: StoredAccount | None) -> bool:
    """Whether an account may do something to others, so that it is worth more to others."""
    return account is not None and account.role > accounts.Role.USER


def note_failure(
    login: str,
    account: StoredAccount | None,
    terms: sessions.Terms,
    *,
    how: str,
    why: str = "wrong",
) -> None:
    """Log and count a login that failed."""
    metrics.SECURITY_EVENTS.labels("login_failed").inc()
    log.info(
        "authn_login_fail",
        who=logs.mask(login),
        user_id=account.user_id if account else None,
        dialect=terms.dialect,
        ip=terms.ip,
        how=how,
        why=why,
    )


def note_success(account: StoredAccount, terms: sessions.Terms, *, how: str) -> None:
    """Log and count a login."""
    metrics.SECURITY_EVENTS.labels("login").inc()
    log.info(
        "authn_login_success",
        user_id=account.user_id,
        dialect=terms.dialect,
        ip=terms.ip,
        how=how,
    )


class Attempts:
    """Counts attempts to log in, by what delays them and by what asks for a human check."""

    def __init__(self, failures: Failures, checks: RedisHumanChecks) -> None:
        self.failures, self.checks = failures, checks

    async def begin(
        self, login: str, account: StoredAccount | None, ip: str, human_after: int | None
    ) -> "Attempt":
        """Count an attempt with a password, or refuse it."""
        attempt = Attempt(self, login, counted_as(account, login), ip, human_after)
        await attempt.admit()
        try:
            await self.failures.attempt(attempt.who, ip)
        except Exception:
            await attempt.unadmit()
            raise
        return attempt


class Attempt:
    """One attempt to log in, counted as failed until it is told otherwise."""

    def __init__(
        self, attempts: Attempts, login: str, who: Counted, ip: str, human_after: int | None
    ) -> None:
        self._failures, self._checks = attempts.failures, attempts.checks
        self.login, self.who, self._ip, self._human_after = login, who, ip, human_after

    async def admit(self) -> None:
        """Refuse with `HumanCheckNeeded` after too many consecutive failures of this login."""
        if self._human_after and not await self._checks.admit(
            self.login, self._ip, self._human_after
        ):
            raise human_checks.HumanCheckNeeded()

    async def unadmit(self) -> None:
        """Uncount what `admit` counted."""
        if self._human_after:
            await self._checks.forgive(self.login)

    async def forgive(self) -> None:
        """Uncount the attempt: it ended without an answer."""
        await self._failures.forgive(self.who, self._ip)
        await self.unadmit()

    async def success(self) -> int:
        """Forget the failures; tells which login of the owner from this network it is."""
        await self._passed()
        return await self._failures.success(self.who, self._ip)

    async def proved(self) -> int:
        """Do the same for an attempt by code, which did not count among those by password."""
        await self._passed()
        return await self._failures.proved(self.who, self._ip)

    async def _passed(self) -> None:
        if self._human_after:
            await self._checks.succeed(self.login)
