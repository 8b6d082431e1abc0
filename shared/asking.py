"""Asking over NATS: a question goes to one instance of a service, and the first answer counts.

A question that only reads is asked again when its answer is long in coming: whoever had it may have
been killed. Any other is asked once, as nobody knows whether it was done.
"""

import asyncio
import math
import secrets
import time

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared import errors
from shared.telemetry import metrics

ERROR_CODE = "Nats-Service-Error-Code"
"""The header of a refusal: its code."""

PATIENCE, SHARE = 1.0, 0.2
"""Seconds, and share of its time, after which a read is asked again: the longer of both, and twice
as long the next time. So it is asked three times at most, after 0, 1 and 3 of five seconds. Reads
take milliseconds; one that may take long is given more time, and so waits longer."""

REPEATED_AT_ONCE = 100
"""Repeated questions of one process under way: they make a service that is slow no slower."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.25


class Asker:
    """Asks the questions of one process and hears the answers."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = ""
        self._waiting: dict[str, _Replies] = {}
        self._repeated: set[str] = set()

    async def ask(
        self, subject: str, body: bytes, headers: dict[str, str], until: float, *, read_only: bool
    ) -> Msg:
        """Give the first answer that comes until then, be it a refusal.

        Where no instance is there the question is sent again, as nobody can have seen it. That a
        repeat finds one busy is no answer while another has the question. Raises `Unavailable` if
        nobody was there, and `DeadlinePassed` if nobody answered.
        """
        token, replies = secrets.token_hex(8), _Replies()
        self._waiting[token] = replies
        now = send_at = time.time()
        patience = max(PATIENCE, SHARE * (until - now)) if read_only else math.inf
        asked, pause = 0, _FIRST_PAUSE
        try:
            while now < until:
                if now >= send_at:
                    if not asked or self._may_repeat(token, subject):
                        await self._send(token, subject, body, headers)
                        asked += 1
                    send_at = now + patience * asked
                reply = await replies.next(min(send_at, until) - now)
                now = time.time()
                if reply is None:
                    continue
                if _is_nobody_there(reply):
                    asked -= 1
                    if not asked and until - now <= pause:
                        raise errors.Unavailable(subject=subject)
                    send_at, pause = now + pause, min(2 * pause, _LONGEST_PAUSE)
                elif asked > 1 and _is_busy(reply):
                    asked, send_at = asked - 1, math.inf
                else:
                    return reply
        except (NatsError, OSError) as error:
            raise errors.Unavailable(subject=subject) from error
        finally:
            del self._waiting[token]
            self._repeated.discard(token)
        raise errors.DeadlinePassed(subject=subject)

    def _may_repeat(self, token: str, subject: str) -> bool:
        if token in self._repeated:
            return True
        if len(self._repeated) >= REPEATED_AT_ONCE:
            return False
        self._repeated.add(token)
        metrics.CALLS_REPEATED.labels(subject).inc()
        return True

    async def _send(self, token: str, subject: str, body: bytes, headers: dict[str, str]) -> None:
        if not self._inbox:
            inbox = self._client.new_inbox()
            await self._client.subscribe(f"{inbox}.*", cb=self._hear)
            self._inbox = inbox
        await self._client.publish(subject, body, f"{self._inbox}.{token}", headers)

    async def _hear(self, reply: Msg) -> None:
        if replies := self._waiting.get(reply.subject.rpartition(".")[2]):
            replies.add(reply)


class _Replies:
    """What came back for one question, from all who were asked.

    By hand what `asyncio.wait` does for futures: an ask costs whoever asks a fifth more with that.
    """

    __slots__ = ("_came", "_waiter")

    def __init__(self) -> None:
        self._came: list[Msg] = []
        self._waiter: asyncio.Future[None] | None = None

    def add(self, reply: Msg) -> None:
        self._came.append(reply)
        self._wake()

    async def next(self, seconds: float) -> Msg | None:
        """Give the next one that comes, or nothing after so many seconds."""
        if not self._came:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(seconds, self._wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
        return self._came.pop(0) if self._came else None

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


def _is_nobody_there(reply: Msg) -> bool:
    return (reply.headers or {}).get("Status") == "503"


def _is_busy(reply: Msg) -> bool:
    return (reply.headers or {}).get(ERROR_CODE) == errors.Busy.code
