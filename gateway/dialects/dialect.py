"""What a dialect is to the gateway."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Response, Router
from litestar.types import HTTPScope

from gateway.config import Config
from gateway.core import Core
from gateway.reading import BodyRequest
from gateway.writing import JsonResponse
from shared.errors import AppError


@dataclass(frozen=True)
class Dialect:
    """An API: its paths, and how it says that something failed."""

    name: str
    title: str
    prefixes: tuple[str, ...]
    """Paths that begin so, unknown ones too, are answered in this dialect."""
    routers: Callable[[Core], list[Router]]
    """Makes what is mounted: a router for each of the prefixes that has something."""
    admit: Callable[[Config, HTTPScope], None]
    """Refuses, before its route runs, what may change something but must not come in."""
    fail: Callable[[AppError, HTTPScope], Response[Any]]
    """Puts any failure of a request into the dialect's words; every kind of failure has some."""
    credential: Mapping[str, str]
    """How its clients show who is asking, as a security scheme of OpenAPI."""
    request: type[BodyRequest] = BodyRequest
    """How its bodies are read."""

    def mounted(self, core: Core) -> Router:
        """Give all its routes, with bodies read in its way."""
        return Router(
            path="/",
            route_handlers=self.routers(core),
            request_class=self.request,
            response_class=JsonResponse,
        )

    def owns(self, path: str) -> bool:
        """Tell whether a path is this dialect's, known or not."""
        return any(path == prefix or path.startswith(f"{prefix}/") for prefix in self.prefixes)
