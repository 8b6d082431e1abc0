"""Who is told: RongCloud, or in development the inbox."""

import random
from typing import Protocol

import httpx
import msgspec

from services.notify.im.notices.rules import CONTACT, Change, Membership, Notice, Step
from services.notify.im.rongcloud import Form, RongCloudApi
from services.notify.inbox.store import MongoInbox
from services.notify.sending.channels import Message
from shared.consumers import Later
from shared.contracts.notify import Channel
from shared.encoding import UNREADABLE
from shared.errors import AppError, Kind
from shared.telemetry import logs

TOO_MANY, TOO_MANY_REQUESTS = 1008, 429
"""RongCloud's code for "too many requests per second", and the HTTP status for the same."""

SLOW_DOWN = (0.5, 2.0)
"""Seconds, from and to, after which such a request is made again."""

PATHS = {
    Change.CREATE: "/group/create.json",
    Change.JOIN: "/group/join.json",
    Change.QUIT: "/group/quit.json",
    Change.DISMISS: "/group/dismiss.json",
    Change.RENAME: "/group/refresh.json",
}

log = logs.logger("im")


class ImFailed(AppError):
    """The instant-messaging provider did not take it."""

    code, kind = "notify.im_failed", Kind.UNAVAILABLE


class ImCloud(Protocol):
    """A provider of instant messaging, which groups and notices live at."""

    async def take(self, step: Step) -> None:
        """Do one thing; raises `ImFailed`, or `Later` if it is only too much at the moment.

        A membership that is as it should be already is fine. A notice of which is not known whether
        it was taken is handed over again, so that it may be read twice.
        """
        ...


class LocalCloud:
    """No provider: a notice goes to the inbox if there is one, and nobody keeps groups."""

    def __init__(self, inbox: MongoInbox | None) -> None:
        self._inbox = inbox

    async def take(self, step: Step) -> None:
        """Put a notice into the inbox; drop everything else."""
        if self._inbox is None or isinstance(step, Membership):
            log.debug("im.dropped", step=step.step)
            return
        await self._inbox.send(
            Message(
                id=step.id,
                channel=Channel.IM,
                to=step.to,
                template=step.kind,
                subject="",
                body=step.content,
                code=None,
                user_id=step.user_id,
            )
        )


class _Answer(msgspec.Struct, frozen=True):
    code: int


_decode_answer = msgspec.json.Decoder(_Answer).decode


class RongCloudNotices:
    """RongCloud's groups and messages (its documentation: "IM Server API", group and message)."""

    def __init__(self, api: RongCloudApi) -> None:
        self._api = api

    async def take(self, step: Step) -> None:
        """Send one request, and see that it was taken."""
        path, form = request(step)
        try:
            status, body = await self._api.post(path, form)
            code = 0 if status == TOO_MANY_REQUESTS else _decode_answer(body).code
        except (httpx.HTTPError, TimeoutError, *UNREADABLE) as error:
            raise ImFailed(f"{path}: {type(error).__name__}") from None
        if status == TOO_MANY_REQUESTS or code == TOO_MANY:
            # Many wait together: at different times they come back.
            raise Later(random.uniform(*SLOW_DOWN))  # noqa: S311
        if status != 200 or code != 200:
            raise ImFailed(f"{path}: status {status}, code {code}")


def request(step: Step) -> tuple[str, Form]:
    """Give path and form of a step."""
    if isinstance(step, Membership):
        form: dict[str, str | list[str]] = {"groupId": step.group}
        if step.people:
            form["userId"] = list(step.people)
        if step.name:
            form["groupName"] = step.name
        return PATHS[step.change], form
    return _message(step)


def _message(notice: Notice) -> tuple[str, Form]:
    to_person = notice.kind == CONTACT
    return f"/message/{'system' if to_person else 'group'}/publish.json", {
        "fromUserId": notice.sender,
        "toUserId" if to_person else "toGroupId": notice.to,
        "objectName": notice.kind,
        "content": notice.content,
    }
