"""What a person may show: which text, which addresses of pictures, and what counts as a change."""

from typing import Any

import msgspec
from msgspec import UNSET

from services.profile.pictures.rules import is_key
from shared import places
from shared.clock import now
from shared.contracts import profile
from shared.errors import UnusableText
from shared.texts import NOT_IN_LINE, NOT_IN_TEXT, check_nickname, is_picture_url

FIELDS = ("nickname", "avatar", "cover", "bio", "gender", "birthday", "place", "region")
"""What the owner of a profile may change."""

NUMBERS = {"nickname": "name_id", "avatar": "avatar_id"}
"""What has a number that is another one after each change."""

FIRST_NUMBER = 2**40
"""Where those numbers begin: beyond every person's id, which numbers the first of each."""


def check_change(ask: profile.ChangeProfile) -> None:
    """Refuse text that cannot be shown and addresses that name no picture."""
    if ask.nickname is not UNSET:
        check_nickname(ask.nickname)
    for name, unusable in (("place", NOT_IN_LINE), ("bio", NOT_IN_TEXT)):
        text = getattr(ask, name)
        if text is not UNSET and unusable.search(text):
            raise UnusableText(field=name)
    if ask.region is not UNSET:
        region = ask.region
        if any(map(NOT_IN_LINE.search, (region.province, region.city, region.district))):
            raise UnusableText(field="region")
    for name in ("avatar", "cover"):
        address = getattr(ask, name)
        if address is not UNSET and not is_picture_url(address):
            raise profile.UnusablePictureUrl(field=name)


def changes(present: profile.Profile, ask: profile.ChangeProfile) -> dict[str, Any]:
    """Give the fields that would be different afterwards, with what they would be."""
    values = {
        name: wanted
        for name in FIELDS
        if (wanted := getattr(ask, name)) is not UNSET and wanted != getattr(present, name)
    }
    if ask.birthday is not UNSET and ask.birthday_second != present.birthday_second:
        values["birthday_second"] = ask.birthday_second
    return values | _elsewhere(present, ask, values)


def _elsewhere(
    present: profile.Profile, ask: profile.ChangeProfile, values: dict[str, Any]
) -> dict[str, Any]:
    """Give the other view of a new place: its parts, or the text that they make."""
    if "place" in values and ask.region is UNSET:
        parts = [part[: profile.LONGEST_REGION_PART] for part in places.parse(values["place"])]
        other: dict[str, Any] = {
            "region": profile.Region(province=parts[0], city=parts[1], district=parts[2])
        }
    elif "region" in values and ask.place is UNSET:
        region = values["region"]
        other = {"place": places.join(region.province, region.city, region.district)}
    else:
        return {}
    return {name: value for name, value in other.items() if value != getattr(present, name)}


def pictures_in(shown: profile.Profile) -> set[str]:
    """Give the keys of the pictures of ours that a person shows."""
    keys = (url.rpartition("/media/")[2] for url in (shown.avatar, shown.cover))
    return {key for key in keys if is_key(key)}


def numbered(values: dict[str, Any]) -> list[str]:
    """Give the numbers that change with these fields: of the nickname and of the avatar."""
    return [number for field, number in NUMBERS.items() if field in values]


def changed(present: profile.Profile, values: dict[str, Any]) -> profile.Profile:
    """Give the profile with other values."""
    return msgspec.structs.replace(present, **values, updated_at=now())
