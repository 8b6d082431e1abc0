"""Ids for people, groups and bots, from one sequence. Auth answers."""

from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Message


class TakeIds(Message):
    """Ask for ids that nobody else has or will have."""

    count: Annotated[int, Meta(ge=1, le=1000)]


class IdBlock(Message):
    """The ids from `first` on, `count` of them."""

    first: int
    count: int


take_ids = Call("auth.ids.take", TakeIds, IdBlock)
