"""Whether the gateway lives, and whether it can serve."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from litestar import Response, Router, get
from nats.errors import Error as NatsError

from gateway.core import Core
from shared.errors import AppError
from shared.telemetry import metrics

SERVICES = ("auth", "profile", "social", "notify")
PING_SECONDS = 2.0


def router(core: Core, multiprocess_dir: str | None) -> Router:
    """Mount `/healthz`, `/readyz` and, in dev, `/metrics`."""

    @get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        """Answer as long as the process does."""
        return {"status": "ok"}

    @get("/readyz", include_in_schema=False)
    async def readyz() -> Response[dict[str, Any]]:
        """Answer 200 if every service and Redis answers and ended sessions are known, else 503."""
        parts = await _parts(core)
        ready = all(parts.values())
        body: dict[str, Any] = {"status": "ready" if ready else "not ready"}
        if core.config.env == "dev" or not ready:
            body["parts"] = parts
        return Response(body, status_code=200 if ready else 503)

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
