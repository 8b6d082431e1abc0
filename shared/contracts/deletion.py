"""Closing an account for good. Auth answers, and every service erases what it has."""

from typing import ClassVar

from shared.contract import Call, Event, Message, UserId
from shared.contracts.accounts import LastRoot, NoSuchAccount
from shared.contracts.codes import ByCode, ExpiredCode, WrongCode


class DeleteAccount(Message):
    """Close one's own account for good.

    A proof, where the dialect asks for one, is a code to an address of this very person.
    """

    user_id: UserId
    proof: ByCode | None = None


class UserDeleting(Event):
    """A person leaves: every service erases what it has of them and announces that it did."""

    fact: ClassVar[str] = "auth.user_deleting"


class UserDeleted(Event):
    """A person's data are gone from every service."""

    fact: ClassVar[str] = "auth.user_deleted"


delete_account = Call(
    "auth.accounts.delete",
    DeleteAccount,
    type(None),
    (NoSuchAccount, WrongCode, ExpiredCode, LastRoot),
    acts_for="user_id",
)
