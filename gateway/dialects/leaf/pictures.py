"""Pictures: uploaded by people who are logged in, seen by everybody who knows where they are."""

from typing import Any

from litestar import Request, Response

from gateway import media
from gateway.core import Core
from gateway.dialects.leaf import rules, views
from gateway.dialects.leaf.envelope import WRONG_FILE_SIZE, Ok, Refused, ok
from gateway.dialects.leaf.images import PREFIX
from gateway.errors import NotFound, TooLarge
from gateway.handlers import Handlers
from gateway.reading import uploaded
from shared.caller import Caller
from shared.contracts import pictures

FIELD = "image"
AnyRequest = Request[Any, Any, Any]


class Pictures(Handlers):
    """Takes pictures in and shows them."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def upload(self, request: AnyRequest, caller: Caller) -> Ok[views.Url]:
        """Upload a picture as the field `image` of a form.

        4030 without one, 4020 for what is no picture or has more than 5 MB. For twenty minutes it
        may become an avatar or a cover of who uploaded it.
        """
        try:
            content = await uploaded(request, FIELD, pictures.MOST_BYTES)
        except TooLarge:
            raise Refused(WRONG_FILE_SIZE) from None
        stored = await media.add(self.core, caller, rules.picture(content))
        return ok(views.Url(f"{PREFIX}{stored.key}"))

    async def show(self, key: str) -> Response[bytes]:
        """Show a picture."""
        try:
            return await media.show(self.core, key)
        except pictures.NoSuchPicture:
            raise NotFound() from None
