"""Remarks, which the social service answers: what somebody notes for themselves about others.

About a person, a group or a bot: a name and number of their own for it, and whether it is silent or
pinned. Nobody but the one who wrote it ever sees it, and nothing is announced. A friend's name here
and their display name (`friendships.set_friend_name`) are one thing.
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shared.contract import Call, Message, UserId
from shared.contracts.relations import TooMany
from shared.errors import AppError, Kind

ChatId = UserId
"""The id of a person, a group or a bot: one sequence, so it names one thing."""

REMARKS_MOST = 10_000
"""Chats about which one person has noted something."""

READ_AT_ONCE = 500
"""Chats in one question."""

PAGE_MOST = 500
"""Remarks in one page."""

LONGEST_NAME = 32
LONGEST_PHONE = 32
EXTRAS_MOST = 20
LONGEST_KEY, LONGEST_VALUE = 32, 256

PhoneNote = Annotated[str, Meta(max_length=LONGEST_PHONE, extra={"log": "mask"})]
"""Free text: nobody calls it. Logs show a masked form."""


class NoSuchChat(AppError):
    """There is no such person, group or bot."""

    code, kind = "social.no_such_chat", Kind.NOT_FOUND


class Extra(Message):
    """One more thing that is noted, by a word of the one who notes it."""

    key: Annotated[str, Meta(max_length=LONGEST_KEY, extra={"log": "hide"})]
    value: Annotated[str, Meta(max_length=LONGEST_VALUE, extra={"log": "hide"})]


class Remark(Message):
    """What one person noted about a chat; empty if nothing."""

    chat_id: ChatId
    name: str = ""
    phone: PhoneNote = ""
    extras: list[Extra] = msgspec.field(default_factory=list)
    muted: bool = False
    """They want no notifications of it."""
    pinned: bool = False
    """They keep it above the others."""


class Note(Message):
    """Note something; what is not given stays as it is, what is empty is cleared."""

    owner_id: UserId
    chat_id: ChatId
    name: Annotated[str, Meta(max_length=LONGEST_NAME)] | UnsetType = UNSET
    phone: PhoneNote | UnsetType = UNSET
    extras: Annotated[list[Extra], Meta(max_length=EXTRAS_MOST)] | UnsetType = UNSET
    muted: bool | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET


class ReadRemarks(Message):
    """Whose remarks about which chats."""

    owner_id: UserId
    chat_ids: Annotated[list[ChatId], Meta(max_length=READ_AT_ONCE)]


class ListRemarks(Message):
    """Whose remarks, and where the last page ended (the greatest chat id seen)."""

    owner_id: UserId
    after: int = 0
    pinned: bool = False
    """Only what is pinned."""


note = Call("social.remarks.note", Note, Remark, (NoSuchChat, TooMany), acts_for="owner_id")
read_remarks = Call(
    "social.remarks.read", ReadRemarks, list[Remark], (), acts_for="owner_id", read_only=True
)
"""In the order asked for, one for each id given."""
list_remarks = Call(
    "social.remarks.list", ListRemarks, list[Remark], (), acts_for="owner_id", read_only=True
)
"""By chat id, `PAGE_MOST` at the most."""
