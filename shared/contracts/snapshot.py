"""All people there are, for who begins to listen to events late. Auth answers.

Who first marks their place in the stream of events and then reads every page misses nothing: what
is committed before a page is read is in it, and what is committed after the mark is announced
behind it. What is both is known by its number.
"""

from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Message
from shared.contracts.accounts import Role
from shared.contracts.lookups import PublicAccount

PAGE_MOST = 500
"""People in one page."""


class ReadSnapshot(Message):
    """A page of everybody who is there, disabled people included, by id."""

    after: Annotated[int, Meta(ge=0)] = 0
    """The last id of the page before."""
    limit: Annotated[int, Meta(ge=1, le=PAGE_MOST)] = PAGE_MOST


class PersonThere(PublicAccount, kw_only=True):
    """An account as anyone may see it, and the number of what it shows."""

    sequence: int
    """Of auth's events about this person, the last that is in it for certain: earlier ones are as
    well, later ones may be."""


read_snapshot = Call(
    "auth.snapshot.read", ReadSnapshot, list[PersonThere], least_role=Role.ADMIN, read_only=True
)
"""The page behind the last is empty; others may have fewer than `limit`."""
