"""What an address may hold, and which of a person's addresses is the default one."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from shared.contracts import postal_addresses
from shared.contracts.postal_addresses import LONGEST, PostalAddress
from shared.errors import UnusableText
from shared.texts import NOT_IN_LINE

REQUIRED = ("name", "detail")


def length(text: str) -> int:
    """Count the bytes of a text in GB18030, or raise `UnicodeEncodeError`."""
    return len(text.encode("gb18030"))


def check(texts: Mapping[str, Any]) -> None:
    """Refuse, of the fields that are given, text that cannot be shown or is too long."""
    for field, limit in LONGEST.items():
        text = texts.get(field)
        if not isinstance(text, str):
            continue
        # Lone surrogates, which GB18030 cannot write, are among what is never shown.
        if NOT_IN_LINE.search(text) or (field in REQUIRED and not text.strip()):
            raise UnusableText(field=field)
        if length(text) > limit:
            raise postal_addresses.PostalTextTooLong(field=field, limit=limit)


def given(ask: postal_addresses.ChangePostalAddress) -> dict[str, Any]:
    """Give the fields that a change names."""
    fields = msgspec.structs.asdict(ask)
    return {
        name: value
        for name, value in fields.items()
        if name not in ("user_id", "id") and value is not UNSET
    }


def added(present: Iterable[PostalAddress], new: PostalAddress) -> tuple[PostalAddress, ...]:
    """Give a person's addresses with another one, the newest first; refuses one too many."""
    others = tuple(present)
    if len(others) >= postal_addresses.MOST_ADDRESSES:
        raise postal_addresses.TooManyPostalAddresses(limit=postal_addresses.MOST_ADDRESSES)
    newest_first = sorted((new, *others), key=lambda one: (one.created_at, one.id), reverse=True)
    return _one_default(tuple(newest_first), new)


def changed(
    present: Iterable[PostalAddress], id_: int, values: Mapping[str, Any], at: datetime
) -> tuple[PostalAddress, ...]:
    """Give a person's addresses with other values in one of them; nothing new changes nothing."""
    before = tuple(present)
    old = found(before, id_)
    new = msgspec.structs.replace(old, **values)
    if new == old:
        return before
    new = msgspec.structs.replace(new, updated_at=at)
    return _one_default(tuple(new if one.id == id_ else one for one in before), new)


def removed(present: Iterable[PostalAddress], id_: int) -> tuple[PostalAddress, ...]:
    """Give a person's addresses without one; the default one leaves none."""
    before = tuple(present)
    found(before, id_)
    return tuple(one for one in before if one.id != id_)


def found(present: Iterable[PostalAddress], id_: int) -> PostalAddress:
    """Give one of a person's addresses, or refuse."""
    for one in present:
        if one.id == id_:
            return one
    raise postal_addresses.NoSuchPostalAddress


def _one_default(
    all_: tuple[PostalAddress, ...], newest: PostalAddress
) -> tuple[PostalAddress, ...]:
    """A default address makes the others none."""
    if not newest.is_default:
        return all_
    return tuple(
        msgspec.structs.replace(one, is_default=False) if one.id != newest.id else one
        for one in all_
    )
