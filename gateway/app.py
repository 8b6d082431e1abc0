"""The application: what is mounted, and how every failure finds the words of its dialect."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from litestar import Litestar, Request, Response
from litestar.config.cors import CORSConfig
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, HTTPScope

from gateway import callbacks, dev, docs, errors, health, media
from gateway.clients import origins
from gateway.config import Config
from gateway.core import Core
from gateway.dialects.registry import DIALECTS
from gateway.front import Front
from gateway.reading import BodyRequest
from shared import bus
from shared.errors import AppError, Internal, Kind
from shared.telemetry import logs, metrics, traces

BODY_BYTES = 1024 * 1024
"""Largest body that is read, but for pictures (ASVS 5.0, 4.2.5)."""

_STATUS = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.EXHAUSTED: 429,
    Kind.UNAVAILABLE: 503,
    Kind.INTERNAL: 500,
}

_HTTP = {404: errors.NotFound, 405: errors.WrongMethod, 413: errors.TooLarge}

log = logs.logger("gateway")


def fail(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer any failure in the words of the dialect whose path was asked for."""
    failure = _as_app_error(error)
    for dialect in DIALECTS:
        if dialect.owns(request.scope["path"]):
            return dialect.fail(failure, request.scope)
    return _plain(failure)


def _as_app_error(error: Exception) -> AppError:
    if isinstance(error, AppError):
        if error.kind is Kind.INTERNAL:
            log.error("request.failed", error=repr(error), exc_info=error)
        return error
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _HTTP.get(error.status_code, errors.BadRequest)()
    log.error("request.failed", error=repr(error), exc_info=error)
    return Internal()


def _plain(error: AppError) -> Response[Any]:
    """Answer outside the dialects."""
    status = _STATUS[error.kind]
    if isinstance(error, errors.WrongMethod):
        status = 405
    if isinstance(error, errors.TooLarge):
        status = 413
    headers = {"retry-after": str(error.retry_after)} if error.retry_after else None
    body = {"error": error.code, "message": error.message}
    return Response(body, status_code=status, headers=headers, media_type="application/json")


def refuse(scope: HTTPScope, error: AppError) -> ASGIApp:
    """Answer a request that is not let in."""
    request: Request[Any, Any, Any] = Request(scope)
    return fail(request, error).to_asgi_response(None, request)


def _admit(config: Config) -> Callable[[HTTPScope], None]:
    def admit(scope: HTTPScope) -> None:
        for dialect in DIALECTS:
            if dialect.owns(scope["path"]):
                dialect.admit(config, scope)

    return admit


def dialect_of(path: str) -> str:
    """Name the dialect of a path, for metrics."""
    return next((dialect.name for dialect in DIALECTS if dialect.owns(path)), "none")


def create(config: Config, multiprocess_dir: str | None = None) -> ASGIApp:
    """Make the application of one gateway process."""
    core = Core.build(config)
    handlers: list[Any] = [dialect.mounted(core) for dialect in DIALECTS]
    handlers += [callbacks.router(core), health.router(core, multiprocess_dir), media.router(core)]
    if config.env == "dev":
        handlers.append(dev.router(core))
    if config.env == "dev" or config.public_docs:
        handlers.append(docs.router(core, DIALECTS))
    cors = CORSConfig(
        allow_origins=origins(config.allowed_origins),
        allow_credentials=True,
        max_age=86400,
    )
    app = Litestar(
        route_handlers=handlers,
        lifespan=[lambda _: _connected(core)],
        exception_handlers={Exception: fail, HTTPException: fail, AppError: fail},
        cors_config=cors if config.allowed_origins else None,
        request_class=BodyRequest,
        request_max_body_size=BODY_BYTES,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    return Front(app, _admit(config), refuse, dialect_of)


@contextlib.asynccontextmanager
async def _connected(core: Core) -> AsyncIterator[None]:
    """Connect in the background, so that the process answers `/healthz` meanwhile."""

    async def connect_and_run() -> None:
        config = core.config
        await bus.connect(config.nats_url, "userhub-gateway", core.nats, config.tls_ca_file)
        bus.check_server(core.nats)
        async with asyncio.TaskGroup() as group:
            group.create_task(core.sessions.run(core.bus))
            group.create_task(core.activity.run(core.bus))

    running = asyncio.create_task(connect_and_run())
    running.add_done_callback(_tell_failure)
    try:
        yield
    finally:
        running.cancel()
        if core.nats.is_connected:
            await core.bus.close()
        await core.redis.close()
        traces.stop()


def _tell_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("gateway.not_watching", error=repr(error), exc_info=error)


def observe(config: Config, environ: dict[str, str]) -> None:
    """Begin logs, traces and the metrics port of a gateway process."""
    logs.configure("gateway", config.log_level)
    traces.start("gateway", environ)
    if config.metrics_port:
        with contextlib.suppress(OSError):  # a sibling worker has the port and shows us too
            metrics.serve(config.metrics_host, config.metrics_port)
