"""The slider: a piece that a person puts into its place, per e-mail address."""

import base64
from typing import Any

from litestar import Request

from gateway.core import Core
from gateway.dialects.leaf import rules, views
from gateway.dialects.leaf.envelope import BAD_PARAMETER, Done, Ok, Refused, done, ok
from gateway.handlers import Handlers
from shared.contracts import human_checks

AnyRequest = Request[Any, Any, Any]


class Sliders(Handlers):
    """Shows puzzles and takes answers."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def show(self, request: AnyRequest, email: str | None = None) -> Ok[views.Slider]:
        """Draw a puzzle for an e-mail address, in place of the one before."""
        return await self._draw(rules.email_in_query(email), request)

    async def show_posted(self, data: views.Email, request: AnyRequest) -> Ok[views.Slider]:
        """Draw a puzzle for an e-mail address that is not in the URL."""
        return await self._draw(rules.email(data.email), request)

    async def _draw(self, email: str, request: AnyRequest) -> Ok[views.Slider]:
        ask = human_checks.MakePuzzle(address=email, ip=self.core.clients.ip(request))
        made = await self.core.bus.ask(human_checks.make_puzzle, ask)
        pictures = views.SliderPictures(_base64(made.piece), _base64(made.background), made.y)
        return ok(views.Slider(pictures))

    async def solve(self, data: views.Position, request: AnyRequest) -> Done:
        """Put the piece somewhere: one try. 4010 for a wrong place, else a pass for 30 minutes."""
        email = rules.email(data.email)
        if data.x is None:
            raise Refused(BAD_PARAMETER)
        ask = human_checks.SolvePuzzle(address=email, x=data.x, ip=self.core.clients.ip(request))
        await self.core.bus.ask(human_checks.solve_puzzle, ask)
        return done()


def _base64(picture: bytes) -> str:
    return base64.b64encode(picture).decode()
