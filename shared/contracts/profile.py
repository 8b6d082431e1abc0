"""What the profile service accepts, answers, refuses and announces.

What a person shows to others, and the pictures that belong to it.
"""

from datetime import date, datetime
from enum import IntEnum
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from shared.contract import Call, Event, Message, Secret, UserId
from shared.errors import AppError, Kind, LimitReached
from shared.texts import LONGEST_NICKNAME

LONGEST_BIO = 500
"""Characters; lines may be broken."""

LONGEST_PLACE = 100
"""Characters."""

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
    """A picture is named by an absolute http or https URL, or by nothing."""

    code, kind = "profile.unusable_picture_url", Kind.INVALID


class UnusablePicture(AppError):
    """This is not a picture that can be used: a whole PNG, JPEG, GIF or WebP."""

    code, kind = "profile.unusable_picture", Kind.INVALID


class PictureTooLarge(AppError):
    """The picture has more than 5 MiB or more than 40 million pixels."""

    code, kind = "profile.picture_too_large", Kind.INVALID


class BadTicket(AppError):
    """The upload token is not valid, or not any more."""

    code, kind = "profile.bad_ticket", Kind.UNAUTHENTICATED


class NoSuchPicture(AppError):
    """There is no such picture."""

    code, kind = "profile.no_such_picture", Kind.NOT_FOUND


class Profile(Message):
    """What a person shows."""

    user_id: UserId
    nickname: str
    created_at: datetime
    updated_at: datetime
    avatar: str = ""
    cover: str = ""
    bio: str = ""
    gender: Gender = Gender.UNKNOWN
    birthday: date | None = None
    place: str = ""


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

    Announced as `ProfileChanged` only if something is different afterwards.
    """

    user_id: UserId
    nickname: Nickname | UnsetType = UNSET
    avatar: PictureUrl | UnsetType = UNSET
    cover: PictureUrl | UnsetType = UNSET
    bio: Annotated[str, Meta(max_length=LONGEST_BIO)] | UnsetType = UNSET
    gender: Gender | UnsetType = UNSET
    birthday: date | UnsetType | None = UNSET
    place: Annotated[str, Meta(max_length=LONGEST_PLACE)] | UnsetType = UNSET


class IssueTicket(Message):
    """Ask for leave to upload a picture."""

    user_id: UserId


class Ticket(Message):
    """Leave to upload pictures for an hour, for one person."""

    token: Secret
    expires_at: datetime


class StorePicture(Message):
    """Upload a picture of at most 5 MiB and 40 million pixels: PNG, JPEG, GIF or WebP by content.

    It is drawn anew, upright, at most 1024 pixels wide and high, without any metadata; of an
    animation the first frame. A person may upload 30 times an hour, failed tries included.
    """

    ticket: Secret
    content: bytes


class Picture(Message):
    """A stored picture: its key is its name below the media URL."""

    key: str
    width: int
    height: int
    size: int
    media_type: str


class ReadPicture(Message):
    """Which picture."""

    key: Annotated[str, Meta(pattern="^[a-z0-9]{1,64}\\.[a-z]{2,5}$")]


class PictureContent(Message):
    """The bytes of a picture as it is served."""

    content: bytes
    media_type: str


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


EVENTS: tuple[type[Event], ...] = (ProfileOpened, ProfileChanged, UserErased)

open_profile = Call("profile.profiles.open", OpenProfile, type(None))
read_profiles = Call("profile.profiles.read", ReadProfiles, list[Profile])
change_profile = Call(
    "profile.profiles.change",
    ChangeProfile,
    Profile,
    (NoSuchProfile, UnusablePictureUrl),
    acts_for="user_id",
)
issue_ticket = Call("profile.pictures.issue_ticket", IssueTicket, Ticket, (), acts_for="user_id")
store_picture = Call(
    "profile.pictures.store",
    StorePicture,
    Picture,
    (BadTicket, UnusablePicture, PictureTooLarge, LimitReached),
)
read_picture = Call("profile.pictures.read", ReadPicture, PictureContent, (NoSuchPicture,))
