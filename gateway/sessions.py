"""Who is asking: session tokens checked in process, against what auth tells all gateways."""

import asyncio
import time
from collections.abc import Callable, Container
from datetime import UTC, datetime
from functools import lru_cache, partial

import msgspec
from nats.js import JetStreamContext

from gateway.errors import NotLoggedIn, SessionExpired
from shared import access, session_token
from shared.access import Flags
from shared.bus import Bus
from shared.caller import Caller
from shared.cancellation import heed_cancellation
from shared.contracts import sessions
from shared.errors import AppError, Unavailable
from shared.settings import KeyRing
from shared.telemetry import logs
from shared.watch import Watch

REPORT_SECONDS = 20
"""How often the sessions' last use is told to auth."""

REPORT_MOST = 1000
"""Sessions in one such message (`sessions.RecordUse.uses`)."""

REMEMBERED = 20_000
"""Tokens whose seal is remembered as right: checking one anew is a twentieth of a read."""

PURGE_SECONDS = 3600
"""How often ended sessions whose time is over are forgotten."""

log = logs.logger("sessions")
_read_flags = msgspec.json.Decoder(Flags).decode


class Sessions:
    """Checks tokens; knows every session that ended early and every account that is not default.

    `saw` is told who was here, and when.
    """

    def __init__(
        self,
        js: JetStreamContext,
        keys: KeyRing,
        saw: Callable[[int, float], None] = lambda *_: None,
    ) -> None:
        # A refused token is not remembered: nobody fills this with what was never sealed.
        self._unsealed = lru_cache(REMEMBERED)(partial(session_token.unsealed, keys))
        self._ended: dict[str, int] = {}
        self._flags: dict[int, Flags] = {}
        self._whole = self._heard_all = False
        self._uses: dict[str, float] = {}
        self._saw = saw
        self._watches = (
            Watch(js, access.SESSIONS_BUCKET, self._on_session),
            Watch(js, access.ACCOUNTS_BUCKET, self._on_account),
        )

    @property
    def current(self) -> bool:
        """Whether everything that auth has told until now is known here."""
        return self._whole and all(watch.current for watch in self._watches)

    def caller(self, token: str, dialect: str, uses: Container[str] = ("session",)) -> Caller:
        """Tell whose token it is, which must be for one of these uses.

        Raises `NotLoggedIn`, or `SessionExpired` with the `use` of a token that once was good; and
        `Unavailable` for one that may be good before it was heard what ended sessions.
        """
        try:
            session = self._unsealed(token)
        except session_token.BadToken:
            raise NotLoggedIn() from None
        try:
            session_token.check_expiry(session)
        except session_token.ExpiredToken:
            raise SessionExpired(use=session.use) from None
        if not self._heard_all:
            self._heard_all = self._whole and all(watch.was_whole for watch in self._watches)
            if not self._heard_all:
                raise Unavailable(part="sessions")
        flags = self._flags.get(session.user_id, access.DEFAULT)
        if (
            session.dialect != dialect
            or session.use not in uses
            or flags.locked
            or session.session_id in self._ended
            or (session.epoch < flags.epoch and session.session_id != flags.kept)
        ):
            raise NotLoggedIn()
        now = self._uses[session.session_id] = time.time()
        self._saw(session.user_id, now)
        return Caller(session.user_id, session.session_id, flags.role)

    async def catch_up(self) -> None:
        """Know here what auth has told until now, so that an answer holds in the next request."""
        await asyncio.gather(*(watch.catch_up() for watch in self._watches))

    def _on_session(self, session_id: str, value: bytes) -> None:
        if session_id != access.WHOLE_KEY:
            self._ended[session_id] = int(value)

    def _on_account(self, key: str, value: bytes) -> None:
        if key == access.WHOLE_KEY:
            self._whole = True
        else:
            self._flags[int(key)] = _read_flags(value)

    async def run(self, bus: Bus) -> None:
        """Watch, report and forget until cancelled."""
        async with asyncio.TaskGroup() as group:
            for watch in self._watches:
                group.create_task(watch.run())
            group.create_task(self._report_for_ever(bus))
            group.create_task(self._purge_for_ever())

    async def _report_for_ever(self, bus: Bus) -> None:
        while True:
            heed_cancellation()
            await asyncio.sleep(REPORT_SECONDS)
            uses, self._uses = self._uses, {}
            rows = [
                sessions.SessionUse(session_id=one, at=datetime.fromtimestamp(at, UTC))
                for one, at in uses.items()
            ]
            for start in range(0, len(rows), REPORT_MOST):
                try:
                    part = rows[start : start + REPORT_MOST]
                    await bus.ask(sessions.record_use, sessions.RecordUse(uses=part))
                except AppError as error:
                    log.warning("sessions.use_not_recorded", error=error.code)

    async def _purge_for_ever(self) -> None:
        while True:
            await asyncio.sleep(PURGE_SECONDS)
            now = time.time()
            self._ended = {one: end for one, end in self._ended.items() if end > now}
