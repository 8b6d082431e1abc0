"""Whether the gateway lives, and whether it can serve."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from litestar import Response, Router, get
from nats.errors import Error as NatsError

from gateway.core import Core
from shared.errors import AppError
from shared.telemetry import logs, metrics

SERVICES = ("auth", "profile", "social", "notify")
PING_SECONDS = 2.0

log = logs.logger("gateway")


def router(core: Core, multiprocess_dir: str | None) -> Router:
    """Mount `/healthz`, `/readyz` and, in dev, `/metrics`."""
    told: list[str] = []

    @get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        """Answer as long as the process does."""
        return {"status": "ok"}

    @get("/readyz", include_in_schema=False)
    async def readyz() -> Response[dict[str, Any]]:
        """Answer 200 if every service and Redis answers and ended sessions are known, else 503.

        What is missing is logged, and told in dev alone: the answer is for everybody.
        """
        nonlocal told
        parts = await _parts(core)
        missing = [name for name, there in parts.items() if not there]
        if missing != told:
            told = missing
            log.warning("gateway.missing", parts=missing)
        body: dict[str, Any] = {"status": "not ready" if missing else "ready"}
        if core.config.env == "dev":
            body["parts"] = parts
        return Response(body, status_code=503 if missing else 200)

    @get("/metrics", include_in_schema=False)
    async def show_metrics() -> Response[bytes]:
        """Show this process's metrics to Prometheus."""
        return Response(metrics.render(multiprocess_dir), media_type="text/plain; version=0.0.4")

    handlers: list[Any] = [healthz, readyz]
    if core.config.env == "dev":
        handlers.append(show_metrics)
    return Router(path="/", route_handlers=handlers)


async def _parts(core: Core) -> dict[str, bool]:
    if not core.nats.is_connected:
        return {"nats": False}
    answers = await asyncio.gather(
        *(
            _answers(core.nats.request(f"$SRV.PING.{name}", timeout=PING_SECONDS))
            for name in SERVICES
        ),
        _answers(core.redis.ping()),
    )
    parts = dict(zip((*SERVICES, "redis"), answers, strict=True))
    parts["sessions"] = core.sessions.current
    return parts


async def _answers(question: Awaitable[Any]) -> bool:
    try:
        await question
    except (NatsError, AppError, OSError, TimeoutError):
        return False
    return True
