"""Looking accounts up. Auth answers.

What is answered here anyone may see: no phone number, no e-mail address. Those are in
`accounts.read_account` for their owner and in `administration` for administrators.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Message, UserId
from shared.contracts.accounts import Login, NoSuchAccount, Role, State, Username

READ_AT_ONCE = 500
"""Accounts in one question by id."""

LISTED_AT_ONCE = 100
"""Accounts in one page of a list."""

NAMED_AT_ONCE = 50
"""Usernames in one question."""


class PublicAccount(Message):
    """An account as anyone may see it."""

    user_id: UserId
    username: str
    created_at: datetime
    role: Role = Role.USER
    state: State = State.ACTIVE
    named_at: datetime | None = None
    """When they took this username; none if they have had it from the start."""


class FindAccount(Message):
    """Whose login this is; what kinds of login a client may give is up to its dialect."""

    login: Login


class ReadAccounts(Message):
    """Whose accounts: disabled people are answered too, those who left are not."""

    user_ids: Annotated[list[UserId], Meta(max_length=READ_AT_ONCE)]


class ListAccounts(Message):
    """A page of the people whose accounts are active, by id.

    What is given narrows the list: all of it must hold.
    """

    limit: Annotated[int, Meta(ge=1, le=LISTED_AT_ONCE)]
    after: Annotated[int, Meta(ge=0)] | None = None
    """The last id of the page before."""
    newest_first: bool = True
    user_ids: Annotated[list[UserId], Meta(max_length=READ_AT_ONCE)] | None = None
    """Only these people, and of them disabled ones too."""
    usernames: Annotated[list[Username], Meta(max_length=NAMED_AT_ONCE)] | None = None
    """Only people with these usernames, whatever their case."""
    name_part: Username | None = None
    """Only people whose username has this in it, whatever its case."""


find_account = Call(
    "auth.accounts.find", FindAccount, PublicAccount, (NoSuchAccount,), read_only=True
)
"""Finds disabled people too: `state` says so."""
read_accounts = Call("auth.accounts.read_many", ReadAccounts, list[PublicAccount], read_only=True)
"""In any order."""
list_accounts = Call("auth.accounts.list", ListAccounts, list[PublicAccount], read_only=True)
