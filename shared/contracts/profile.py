"""What the profile service accepts, answers, refuses and announces.

What a person shows to others; pictures and what else the service has are in modules of their own.
"""

from datetime import date, datetime
from enum import IntEnum
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from shared.contract import Call, Event, Message, UserId
from shared.errors import AppError, Kind
from shared.texts import LONGEST_NICKNAME

LONGEST_BIO = 500
"""Characters; lines may be broken."""

LONGEST_PLACE = 191
"""Characters."""

LONGEST_REGION_PART = 60
"""Characters in the name of a province, city or district; the three of them make a place."""

LONGEST_PICTURE_URL = 512
"""Characters."""

READ_AT_ONCE = 500
"""Profiles in one answer: as many as the longest page of people that a dialect shows."""

Nickname = Annotated[str, Meta(min_length=1, max_length=LONGEST_NICKNAME)]
PictureUrl = Annotated[str, Meta(max_length=LONGEST_PICTURE_URL)]
"""An absolute http(s) URL, or empty for none."""


class Gender(IntEnum):
    """As people give it; a dialect that knows fewer shows 0 for the rest."""

    UNKNOWN = 0
    MALE = 1
    FEMALE = 2
    OTHER = 3


class NoSuchProfile(AppError):
    """There is no such person."""

    code, kind = "profile.no_such_profile", Kind.NOT_FOUND


class UnusablePictureUrl(AppError):
    """A picture that all may see is named by an absolute http or https URL, or by nothing."""

    code, kind = "profile.unusable_picture_url", Kind.INVALID


RegionPart = Annotated[str, Meta(max_length=LONGEST_REGION_PART)]


class Region(Message):
    """Where a person lives, in parts; each may be empty."""

    province: RegionPart = ""
    city: RegionPart = ""
    district: RegionPart = ""
    code: Annotated[str, Meta(pattern="^[0-9A-Za-z]{0,12}$")] = ""
    """The district's number in GB/T 2260, if the client gives one."""


NOWHERE = Region()


class Profile(Message):
    """What a person shows.

    `place` and `region` are two views of one thing: whichever was written last, the other is made
    of it (`shared.places`).
    """

    user_id: UserId
    nickname: str
    created_at: datetime
    updated_at: datetime
    avatar: str = ""
    cover: str = ""
    bio: str = ""
    gender: Gender = Gender.UNKNOWN
    birthday: date | None = None
    birthday_second: int = 0
    """Into that day, for who gave a birthday as a moment of it and reads that moment again."""
    place: str = ""
    region: Region = NOWHERE
    name_id: int = 0
    """Which of their nicknames this is: another number after each change, of any person."""
    avatar_id: int = 0
    """Which of their avatars this is, in the same way; 0 if there is none."""


class OpenProfile(Message):
    """Make the profile of a new account. For auth.

    Asking twice changes nothing, and nothing is made for a person who was erased.
    """

    user_id: UserId
    nickname: Nickname


class ReadProfiles(Message):
    """Whose profiles: answered in this order, each once, without those that do not exist."""

    user_ids: Annotated[list[UserId], Meta(max_length=READ_AT_ONCE)]


class ChangeProfile(Message):
    """Change what one shows, and only of oneself: what is not given stays as it is.

    Announced as `ProfileChanged` only if something is different afterwards. A place that is given
    makes the region; a region makes the place, unless both are given.
    """

    user_id: UserId
    nickname: Nickname | UnsetType = UNSET
    avatar: PictureUrl | UnsetType = UNSET
    cover: PictureUrl | UnsetType = UNSET
    bio: Annotated[str, Meta(max_length=LONGEST_BIO)] | UnsetType = UNSET
    gender: Gender | UnsetType = UNSET
    birthday: date | UnsetType | None = UNSET
    birthday_second: Annotated[int, Meta(ge=0, le=86_399)] = 0
    """Of the birthday that is given with it; without one it means nothing."""
    place: Annotated[str, Meta(max_length=LONGEST_PLACE)] | UnsetType = UNSET
    region: Region | UnsetType = UNSET


class ModerateProfile(Message):
    """Write the bio of somebody else, as an administrator; announced like their own change.

    Who asks must know from auth that the caller may act on this person
    (`administration.modify_account` tells): the profile service does not know people's roles.
    """

    user_id: UserId
    bio: Annotated[str, Meta(max_length=LONGEST_BIO)]


class ProfileOpened(Event):
    """A person has a profile."""

    fact: ClassVar[str] = "profile.profile_opened"
    nickname: str


class ProfileChanged(Event):
    """A person shows something else; `changed` names the fields."""

    fact: ClassVar[str] = "profile.profile_changed"
    changed: list[str]
    nickname: str
    avatar: str


class UserErased(Event):
    """The profile service has nothing left of this person."""

    fact: ClassVar[str] = "profile.user_erased"


open_profile = Call("profile.profiles.open", OpenProfile, type(None))
read_profiles = Call("profile.profiles.read", ReadProfiles, list[Profile], read_only=True)
change_profile = Call(
    "profile.profiles.change",
    ChangeProfile,
    Profile,
    (NoSuchProfile, UnusablePictureUrl),
    acts_for="user_id",
)
moderate_profile = Call(
    "profile.profiles.moderate", ModerateProfile, type(None), (NoSuchProfile,), least_role=2
)
