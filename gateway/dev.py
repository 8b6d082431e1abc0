"""What exists in development only: the inbox instead of providers, and the answers of captchas."""

from typing import Annotated, Any

import msgspec
from litestar import Router, get
from litestar.params import QueryParameter

from gateway.core import Core
from gateway.errors import BadRequest, NotFound
from shared import addresses
from shared.contracts import captchas, human_checks, notify
from shared.errors import InvalidAddress


class Inbox(msgspec.Struct):
    """Messages to one address, newest first."""

    messages: list[notify.InboxMessage]


class Answer(msgspec.Struct):
    """What a captcha shows."""

    answer: str


def router(core: Core) -> Router:
    """Mount `/dev/inbox` and `/dev/captcha`."""

    @get("/inbox")
    async def inbox(to: str) -> Inbox:
        """Read what was sent to an E.164 number, an e-mail address or a registration id."""
        ask = notify.ReadInbox(to=_address(to))
        return Inbox(await core.bus.ask(notify.read_inbox, ask))

    @get("/captcha")
    async def captcha(
        captcha_id: Annotated[str | None, QueryParameter(name="id")] = None,
        email: str | None = None,
    ) -> Answer:
        """Read the text of a picture captcha, or the x of the slider of an e-mail address."""
        try:
            if captcha_id:
                picture = captchas.CaptchaById(captcha_id=captcha_id)
                return Answer((await core.bus.ask(captchas.captcha_answer, picture)).answer)
            if email:
                puzzle = human_checks.OfAddress(address=_address(email))
                return Answer((await core.bus.ask(human_checks.puzzle_answer, puzzle)).answer)
        except (captchas.NoSuchCaptcha, human_checks.WrongPosition) as error:
            raise NotFound(error.message) from None
        raise BadRequest("Which captcha? /dev/captcha?id=… or /dev/captcha?email=…")

    handlers: list[Any] = [inbox, captcha]
    return Router(path="/dev", route_handlers=handlers, include_in_schema=False)


def _address(text: str) -> str:
    """Give the form in which messages are filed; a blank in a URL stands for a plus."""
    try:
        return addresses.key(text.replace(" ", "+"))
    except InvalidAddress:
        return text
