"""Which address may be bound in place of which."""

from services.auth.accounts.store import StoredAccount
from shared.contracts import accounts
from shared.contracts.bindings import AddressKind, AlreadyBound, Expects, NothingBound
from shared.errors import AppError


def kind_of(address: str) -> AddressKind:
    """Tell what kind of address this is."""
    return AddressKind.EMAIL if "@" in address else AddressKind.PHONE


def other(kind: AddressKind) -> AddressKind:
    """Give the other kind."""
    return AddressKind.PHONE if kind is AddressKind.EMAIL else AddressKind.EMAIL


def bound(account: StoredAccount, kind: AddressKind) -> str | None:
    """Give the address of this kind that an account has."""
    return account.email if kind is AddressKind.EMAIL else account.phone


def taken(kind: AddressKind) -> AppError:
    """Say that another account has it."""
    return accounts.EmailTaken() if kind is AddressKind.EMAIL else accounts.PhoneTaken()


def check_expected(before: str | None, expects: Expects) -> None:
    """Refuse to replace what must not be there, or nothing where something must be."""
    if expects is Expects.NONE and before:
        raise AlreadyBound()
    if expects is Expects.ONE and not before:
        raise NothingBound()
