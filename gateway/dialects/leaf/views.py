"""What goes over the wire: parameters as clients send them, results as they expect them.

Parameters have defaults, as what is left out has here; `rules` refuses what must not be left out.
"""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.dialects.leaf import rules
from gateway.dialects.leaf.images import Images
from shared.contracts import accounts, lookups
from shared.contracts.profile import Gender, Profile

Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""An id; 0 is nobody's."""

Small = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]


# ---------------------------------------------------------------------------------- parameters


class Email(msgspec.Struct):
    """An e-mail address."""

    email: str = ""


class ResetCheck(Email):
    """An e-mail address, under either of its names."""

    eamil: str = ""


class EmailAndPassword(Email):
    """An e-mail address and the password of its account."""

    password: str = ""


class EmailAndCode(Email):
    """An e-mail address and the code that was sent to it."""

    code: str = ""


class EmailPasswordAndCode(EmailAndPassword):
    """An e-mail address, a new password, and the code that was sent to the address."""

    code: str = ""


class Position(Email):
    """Where somebody puts the piece of the slider that belongs to an e-mail address."""

    x: Small | None = None


class Info(msgspec.Struct):
    """What one shows of oneself: all of it is written, what is left out as nothing."""

    avatar: str = ""
    name: str = ""
    birthday: str = ""
    gender: Small = 0
    sign: str = ""


class Cover(msgspec.Struct):
    """A cover."""

    spacecover: str = ""


class Id(msgspec.Struct):
    """Somebody's id."""

    id: Number = 0


class Management(Id):
    """What an administrator writes about a person."""

    name: str = ""
    email: str = ""
    sign: str = ""


class RoleOf(Id):
    """A role for a person."""

    role: Small | None = None


# ---------------------------------------------------------------------------------- results


class LoggedIn(msgspec.Struct, frozen=True):
    """The tokens of a session: two for clients before 1.1, one for those since."""

    access_token: str
    refresh_token: str
    token: str


class Token(msgspec.Struct, frozen=True):
    """An access token."""

    token: str


class Uid(msgspec.Struct, frozen=True):
    """Somebody's id; 0 is nobody's."""

    uid: int


class User(msgspec.Struct, frozen=True):
    """A person as everybody sees them."""

    uid: int
    name: str
    sign: str
    avatar: str
    spacecover: str
    gender: int


class UserInfo(msgspec.Struct, frozen=True):
    """A person as they themselves see them (the e-mail address masked), or administrators do."""

    uid: int
    name: str
    sign: str
    email: str
    avatar: str
    spacecover: str
    gender: int
    role: int
    birthday: str
    created_at: str


class OneUser(msgspec.Struct, frozen=True):
    """A person, below a key of the page's."""

    user: User


class OwnInfo(msgspec.Struct, frozen=True):
    """Oneself, below a key of the page's."""

    user_info: UserInfo


class Users(msgspec.Struct, frozen=True):
    """People."""

    users: list[User]


class ManagedUsers(msgspec.Struct, frozen=True):
    """A page of people, and how many there are in all."""

    total: int
    users: list[UserInfo]


class FollowCounts(msgspec.Struct, frozen=True):
    """How many people somebody follows, and how many follow them (under both names in use)."""

    following: int
    follower: int
    followers: int


class Follows(msgspec.Struct, frozen=True):
    """Whether one follows somebody."""

    follow: bool


class SliderPictures(msgspec.Struct, frozen=True):
    """A puzzle: base64 of two JPEGs, and where the piece belongs from the top."""

    slider_img: str
    bg_img: str
    y: int


class Slider(msgspec.Struct, frozen=True):
    """A puzzle, below a key of the page's."""

    slider_captcha: SliderPictures


class Url(msgspec.Struct, frozen=True):
    """Where a picture is."""

    url: str


def gender(found: Gender) -> int:
    """Show a gender as this dialect knows it; it has no more than three."""
    return int(found) if found in (Gender.MALE, Gender.FEMALE) else 0


def user(account: lookups.PublicAccount, profile: Profile, images: Images) -> User:
    """Show a person to everybody."""
    return User(
        uid=account.user_id,
        name=account.username,
        sign=profile.bio,
        avatar=images.shown(profile.avatar),
        spacecover=images.shown(profile.cover),
        gender=gender(profile.gender),
    )


def users(
    order: Iterable[int],
    found: Iterable[lookups.PublicAccount],
    profiles: Iterable[Profile],
    images: Images,
) -> list[User]:
    """Show people in an order, without those who are gone."""
    by_id = {one.user_id: one for one in found}
    shown = {one.user_id: one for one in profiles}
    return [user(by_id[one], shown[one], images) for one in order if one in by_id and one in shown]


def user_info(
    account: accounts.Account, profile: Profile | None, images: Images, email: str
) -> UserInfo:
    """Show a person to themselves or to an administrator."""
    born = profile.birthday if profile and profile.birthday else rules.NO_BIRTHDAY
    return UserInfo(
        uid=account.user_id,
        name=account.username,
        sign=profile.bio if profile else "",
        email=email,
        avatar=images.shown(profile.avatar) if profile else "",
        spacecover=images.shown(profile.cover) if profile else "",
        gender=gender(profile.gender) if profile else 0,
        role=int(account.role),
        birthday=rules.midnight(born),
        created_at=rules.moment(account.created_at),
    )
