"""The user object: what everyone sees, and what its owner sees. Neither is the other less a few."""

from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from gateway.dialects.thinksns.files import File
from gateway.dialects.thinksns.moments import moment
from gateway.dialects.thinksns.rules import shown_phone
from gateway.dialects.thinksns.verification_views import OwnVerification, PublicVerification
from shared.contracts.accounts import Account
from shared.contracts.checkins import Counts
from shared.contracts.follows import FollowCounts, Relation
from shared.contracts.invitations import standard_code
from shared.contracts.lookups import PublicAccount
from shared.contracts.points import HUNDREDTHS, Balance
from shared.contracts.profile import Gender, Profile
from shared.contracts.vip import Vip as Membership


class Extra(msgspec.Struct, frozen=True):
    """Counts; `rank` and `count` only in rankings. What there is none of here is 0, not absent."""

    user_id: int
    likes_count: int
    comments_count: int
    followers_count: int
    followings_count: int
    updated_at: str
    feeds_count: int
    questions_count: int
    answers_count: int
    checkin_count: int
    last_checkin_count: int
    be_reward_count: int
    rank: int | UnsetType = UNSET
    count: int | UnsetType = UNSET


class Currency(msgspec.Struct, frozen=True):
    """Points, whole ones."""

    owner_id: int
    type: int
    sum: int


class Wallet(msgspec.Struct, frozen=True):
    """Money, in fen. There is none here: Userhub keeps points only."""

    owner_id: int
    balance: int = 0
    total_income: int = 0
    total_expenses: int = 0


class Vip(msgspec.Struct, frozen=True):
    """A membership that goes on."""

    level: str
    end_time: str
    name: str


class User(msgspec.Struct, frozen=True):
    """A person as everyone sees them."""

    id: int
    name: str
    bio: str
    sex: int
    location: str
    invite_code: str
    avatar: File | str | None
    bg: File | str | None
    feed_topics_count: int
    extra: Extra
    verification: PublicVerification | None
    has_follower: bool
    """Whether the viewer follows this person."""
    has_following: bool
    """Whether this person follows the viewer."""
    created_at: str
    updated_at: str
    commodities_count: int
    vip: Vip | None


class OwnUser(msgspec.Struct, frozen=True):
    """A person as they see themselves."""

    id: int
    name: str
    email: str | None
    phone: str | None
    bio: str
    sex: int
    location: str
    invite_code: str
    avatar: File | str | None
    bg: File | str | None
    feed_topics_count: int
    extra: Extra
    verification: OwnVerification | None
    currency: Currency
    wallet: Wallet
    has_follower: bool
    has_following: bool
    created_at: str
    updated_at: str
    commodities_count: int
    vip: Vip | None
    friends_count: int
    """Whom one follows and is followed by."""
    initial_password: bool
    """Whether a password is set: clients ask for the old one if so."""


Shown = TypeVar("Shown", bound=User | OwnUser)


class Known(msgspec.Struct, frozen=True):
    """What the services know of somebody that everyone may see."""

    account: PublicAccount
    profile: Profile
    follows: FollowCounts
    checkins: Counts
    vip: Membership | None
    avatar: File | str | None
    bg: File | str | None
    relation: Relation | None = None
    verification: PublicVerification | None = None


class KnownToOneself(msgspec.Struct, frozen=True):
    """What only their owner is told."""

    account: Account
    balance: Balance
    verification: OwnVerification | None


def sex(gender: Gender) -> int:
    """Give a gender as this dialect knows it: what it has no number for is undisclosed."""
    return int(gender) if gender in (Gender.MALE, Gender.FEMALE) else 0


def points(hundredths: int) -> int:
    """Give whole points, as this dialect shows no others."""
    return hundredths // HUNDREDTHS


def _extra(known: Known) -> Extra:
    return Extra(
        user_id=known.account.user_id,
        likes_count=0,
        comments_count=0,
        followers_count=known.follows.followers,
        followings_count=known.follows.followings,
        updated_at=moment(known.profile.updated_at),
        feeds_count=0,
        questions_count=0,
        answers_count=0,
        checkin_count=known.checkins.total,
        last_checkin_count=known.checkins.streak,
        be_reward_count=0,
    )


def _vip(membership: Membership | None) -> Vip | None:
    if membership is None or not membership.active:
        return None
    return Vip(str(membership.level), moment(membership.until), membership.name)


def _changed_at(known: Known) -> datetime:
    """When somebody last changed what they show, their name among it."""
    account = known.account
    return max(known.profile.updated_at, account.named_at or account.created_at)


def user(known: Known) -> User:
    """Show a person to everyone."""
    profile, user_id = known.profile, known.account.user_id
    return User(
        id=user_id,
        name=known.account.username,
        bio=profile.bio,
        sex=sex(profile.gender),
        location=profile.place,
        invite_code=standard_code(user_id),
        avatar=known.avatar,
        bg=known.bg,
        feed_topics_count=0,
        extra=_extra(known),
        verification=known.verification,
        has_follower=known.relation is not None and known.relation.followed,
        has_following=known.relation is not None and known.relation.follows,
        created_at=moment(known.account.created_at),
        updated_at=moment(_changed_at(known)),
        commodities_count=0,
        vip=_vip(known.vip),
    )


def oneself(known: Known, own: KnownToOneself) -> OwnUser:
    """Show a person to themselves."""
    profile, user_id = known.profile, known.account.user_id
    phone = own.account.phone
    return OwnUser(
        id=user_id,
        name=known.account.username,
        email=own.account.email,
        phone=None if phone is None else shown_phone(phone),
        bio=profile.bio,
        sex=sex(profile.gender),
        location=profile.place,
        invite_code=standard_code(user_id),
        avatar=known.avatar,
        bg=known.bg,
        feed_topics_count=0,
        extra=_extra(known),
        verification=own.verification,
        currency=Currency(owner_id=user_id, type=1, sum=points(own.balance.points)),
        wallet=Wallet(owner_id=user_id),
        has_follower=False,
        has_following=False,
        created_at=moment(known.account.created_at),
        updated_at=moment(_changed_at(known)),
        commodities_count=0,
        vip=_vip(known.vip),
        friends_count=known.follows.mutual,
        initial_password=own.account.has_password,
    )


def ranked(user: User, place: int | None, amount: int) -> User:
    """Show somebody in a ranking, with their place if they have one."""
    extra = msgspec.structs.replace(
        user.extra, rank=UNSET if place is None else place, count=amount
    )
    return msgspec.structs.replace(user, extra=extra)


def related(
    user: Shown, *, has_follower: bool | None = None, has_following: bool | None = None
) -> Shown:
    """Show how somebody stands to another person than the viewer."""
    return msgspec.structs.replace(
        user,
        has_follower=user.has_follower if has_follower is None else has_follower,
        has_following=user.has_following if has_following is None else has_following,
    )
