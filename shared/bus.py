"""The bus: asking a service and serving what is asked, over NATS micro services.

Bodies are msgpack of the contract's structs. Headers carry the request id, the deadline, the signed
caller and the trace context. A failure comes back as the class that was raised.
"""

import asyncio
import contextlib
import functools
import math
import ssl
import time
import uuid
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.micro.request import Request
from nats.micro.service import Endpoint, EndpointConfig, Service, ServiceConfig
from opentelemetry.trace import SpanKind

from shared import errors, tls
from shared.asking import ERROR_CODE, Asker
from shared.caller import Caller, CallerSeal, checked_caller, signed_caller
from shared.contract import Answer, Ask, Call, Handler, Table
from shared.encoding import UNREADABLE, to_msgpack
from shared.errors import AppError
from shared.settings import KeyRing
from shared.telemetry import logs, metrics, traces
from shared.telemetry.logs import request_id

DEADLINE = 5.0
"""Seconds a request may take in all, unless the caller says otherwise."""

OLDEST_NATS = (2, 10)
"""Several filter subjects on one consumer need it; an older server ignores them silently."""

REQUEST_ID = "Userhub-Request-Id"
DEADLINE_HEADER = "Userhub-Deadline"
CALLER_HEADER = "Userhub-Caller"

deadline: ContextVar[float | None] = ContextVar("deadline", default=None)

log = logs.logger("bus")


class _Failure(msgspec.Struct, frozen=True):
    code: str
    message: str
    details: dict[str, errors.Detail]


_decode_failure = msgspec.msgpack.Decoder(_Failure).decode


async def connect(
    url: str,
    name: str,
    client: Client | None = None,
    ca_file: str = "",
) -> Client:
    """Connect to NATS, waiting for the server at first, and reconnect for ever after.

    Replies come to subjects below `_INBOX.<name>`, so that a server can let each name read its own
    only. At a `tls://` URL nothing is said, or listened to, before the server has shown that it is
    the one (`handshake_first` in its settings); one that cannot ends the process.
    """
    secured = urlsplit(url).scheme == "tls"
    joined = False

    async def on_error(error: Exception) -> None:
        if isinstance(error, ssl.SSLError) and not joined:
            raise SystemExit(
                f"NATS at NATS_URL cannot be trusted: {error} (TLS from the start: handshake_first)"
            )
        log.warning("nats.error", error=repr(error))

    async def on_disconnected() -> None:
        log.warning("nats.disconnected")

    async def on_reconnected() -> None:
        log.warning("nats.reconnected")

    client = client or Client()
    while True:
        try:
            await client.connect(
                url,
                name=name,
                inbox_prefix=f"_INBOX.{name}",
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.2,  # type: ignore[arg-type]  # any number works
                connect_timeout=2,
                ping_interval=5,
                max_outstanding_pings=2,
                error_cb=on_error,
                disconnected_cb=on_disconnected,
                reconnected_cb=on_reconnected,
                pending_size=16 * 1024 * 1024,
                tls=tls.context(ca_file) if secured else None,
                # Else nats-py goes on in the clear, password included, where the server has no TLS.
                tls_handshake_first=secured,
            )
        except (TimeoutError, OSError, NatsError):
            log.warning("nats.waiting", why="no server answers at NATS_URL yet")
            await asyncio.sleep(0.2)
        else:
            joined = True
            return client


def check_server(client: Client) -> None:
    """Refuse a NATS server that would silently drop settings we rely on."""
    version = client.connected_server_version
    if (version.major, version.minor) < OLDEST_NATS:
        wanted = ".".join(map(str, OLDEST_NATS))
        raise SystemExit(f"NATS at NATS_URL is version {version}; {wanted} or later is needed")


def _deadline_in(headers: Mapping[str, str]) -> float:
    """Read until when an answer is of use; one that cannot be read is none."""
    with contextlib.suppress(KeyError, ValueError):
        if math.isfinite(until := float(headers[DEADLINE_HEADER])):
            return until
    return time.time() + DEADLINE


def _forget_result(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("bus.reply_failed", error=repr(error))


class _ConcurrentEndpoint(Endpoint):
    """An endpoint that serves each message in a task of its own and stops without losing one.

    nats-py would run one message at a time and discard what is waiting when it stops.
    """

    def __init__(self, service: Service, config: EndpointConfig) -> None:
        super().__init__(service, config)
        self._tasks: set[asyncio.Task[None]] = set()

    async def _handle_request(self, msg: Msg) -> None:
        task = asyncio.create_task(super()._handle_request(msg))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_forget_result)

    async def _stop(self) -> None:
        if self._subscription:
            await self._subscription.drain()  # type: ignore[no-untyped-call]
        await asyncio.gather(*self._tasks, return_exceptions=True)


class _ConcurrentService(Service):
    async def serve(self, config: EndpointConfig) -> None:
        endpoint = _ConcurrentEndpoint(self, config)
        await endpoint._start()
        self._endpoints.append(endpoint)


class Bus:
    """One process's place on the bus."""

    def __init__(self, client: Client, caller_keys: KeyRing, max_in_flight: int = 512) -> None:
        self.client = client
        self.callers = CallerSeal(caller_keys)
        self._max_in_flight = max_in_flight
        self._in_flight = 0
        self._services: list[Service] = []
        self._asker = Asker(client)

    async def ask(
        self,
        call: Call[Ask, Answer],
        message: Ask,
        *,
        caller: Caller | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Ask a service and give its answer, or raise what it refused with.

        Waits at most `timeout` seconds and never past the deadline of the request being served. A
        service that is not there at the moment is asked again until then, as it cannot have seen
        the question; one that is silent for long is asked again where the call only reads.
        `caller` is signed, which counts where the service has one of the keys; without it, the
        caller of the request being served is carried on.
        """
        until = time.time() + (DEADLINE if timeout is None else timeout)
        if (outer := deadline.get()) is not None:
            until = min(until, outer)
        headers = self._headers(until, caller)
        with traces.span(f"ask {call.subject}", SpanKind.CLIENT):
            traces.inject(headers)
            body = to_msgpack(message)
            reply = await self._asker.ask(
                call.subject, body, headers, until, read_only=call.read_only
            )
        if reply.headers and ERROR_CODE in reply.headers:
            raise _rebuild(call, reply.data)
        return call.read_answer(reply.data)

    def _headers(self, until: float, caller: Caller | None) -> dict[str, str]:
        headers = {
            REQUEST_ID: request_id.get() or uuid.uuid4().hex,
            DEADLINE_HEADER: f"{until:.3f}",
        }
        signed = self.callers.sign(caller) if caller else signed_caller.get()
        if signed:
            headers[CALLER_HEADER] = signed
        return headers

    def caller(self) -> Caller:
        """Tell for whom the call that is being served is made, or raise `NotTheCaller`."""
        caller = self.known_caller()
        if caller is None:
            raise errors.NotTheCaller()
        return caller

    def known_caller(self) -> Caller | None:
        """Tell for whom the call that is being served is made, if anybody said so."""
        return self.callers.check(signed_caller.get())

    async def serve(self, name: str, version: str, table: Table) -> None:
        """Answer the calls of a table; instances of one service share the work."""
        service = _ConcurrentService(self.client, ServiceConfig(name=name, version=version))
        await service.start()
        for call, handler in table.items():
            await service.serve(
                EndpointConfig(
                    name=call.subject.replace(".", "_"),
                    subject=call.subject,
                    queue_group=name,
                    handler=functools.partial(self._handle, call, handler),
                    metadata={"ask": call.ask.__name__},
                )
            )
        # nats-py writes a ping past the last subscriptions that wait to be written: the second is
        # behind them.
        await self.client.flush()
        await self.client.flush()
        self._services.append(service)

    async def _handle(self, call: Call[Any, Any], handler: Handler, request: Request) -> None:
        headers = request.headers or {}
        started, outcome = time.perf_counter(), "ok"
        until = _deadline_in(headers)
        request_id.set(headers.get(REQUEST_ID, ""))
        deadline.set(until)
        signed_caller.set(headers.get(CALLER_HEADER))
        with traces.span(f"serve {call.subject}", SpanKind.SERVER, headers):
            try:
                await request.respond(await self._answer(call, handler, request.data, until))
            except AppError as error:
                outcome = error.code
                await self._refuse(request, error)
            except Exception:
                outcome = "internal"
                log.exception("call.failed", subject=call.subject)
                await self._refuse(request, errors.Internal())
        metrics.CALL_SECONDS.labels(call.subject, outcome).observe(time.perf_counter() - started)

    async def _answer(
        self, call: Call[Any, Any], handler: Handler, body: bytes, until: float
    ) -> bytes:
        if until <= time.time():
            raise errors.DeadlinePassed()
        if self._in_flight >= self._max_in_flight:
            raise errors.Busy()
        try:
            message = call.read_ask(body)
        except UNREADABLE:
            raise errors.Malformed() from None
        with _noted(call, message, self._check_caller(call, message)):
            self._in_flight += 1
            metrics.CALLS_IN_FLIGHT.set(self._in_flight)
            try:
                return to_msgpack(await handler(message))
            finally:
                self._in_flight -= 1
                metrics.CALLS_IN_FLIGHT.set(self._in_flight)

    def _check_caller(self, call: Call[Any, Any], message: Any) -> Caller | None:
        if call.acts_for is None and not call.least_role:
            return None
        caller = self.callers.check(signed_caller.get())
        try:
            if caller is None:
                raise errors.NotTheCaller()
            if call.acts_for and caller.user_id != getattr(message, call.acts_for):
                raise errors.NotTheCaller()
            if caller.role < call.least_role:
                raise errors.NotAllowed()
        except AppError as error:
            actor = caller.user_id if caller else None
            log.warning("authz_fail", call=call.subject, actor=actor, why=error.code)
            raise
        checked_caller.set(caller)
        return caller

    async def _refuse(self, request: Request, error: AppError) -> None:
        body = to_msgpack(_Failure(error.code, error.message, error.details))
        await request.respond_error(error.code, error.kind, body)

    async def stop_serving(self) -> None:
        """Take no more calls and finish those under way."""
        for service in self._services:
            await service.stop()

    async def close(self) -> None:
        """Send what is still to be sent and leave."""
        try:
            async with asyncio.timeout(3):
                await self.client.flush(2)
        except (TimeoutError, NatsError):
            log.warning("nats.not_flushed")
        await self.client.close()


@contextlib.contextmanager
def _noted(call: Call[Any, Any], message: Any, caller: Caller | None) -> Iterator[None]:
    """Log what an administrator asks for, sees or does, and how it ended."""
    outcome = "internal"
    try:
        yield
        outcome = "ok"
    except AppError as error:
        outcome = error.code
        raise
    finally:
        if call.least_role and caller:
            log.info(
                "authz_admin",
                call=call.subject,
                actor=caller.user_id,
                asked=message,
                outcome=outcome,
            )


def _rebuild(call: Call[Any, Any], body: bytes) -> AppError:
    """Make of a refusal on the wire the class that was raised on the other side."""
    failure = _decode_failure(body)
    for kind in (*call.refuses, *errors.COMMON):
        if kind.code == failure.code:
            return kind(failure.message, **failure.details)
    return errors.Internal(f"{call.subject} refused with {failure.code}, which it does not declare")
