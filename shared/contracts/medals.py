"""Medals: a catalogue that administrators keep, and who was awarded which.

The profile service answers.
"""

from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from shared.contract import Call, Event, Message, UserId
from shared.contracts.accounts import Role
from shared.contracts.profile import UnusablePictureUrl
from shared.errors import AppError, Kind

CATALOGUE_MOST = 500
"""Medals that there can be."""

MEDALS_MOST = 100
"""Medals of one person."""

OWNERS_AT_ONCE = 500
LONGEST_NAME, LONGEST_DESCRIPTION = 32, 200
"""Characters."""

MedalId = Annotated[int, Meta(ge=1, le=2**31 - 1)]
MedalName = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
Description = Annotated[str, Meta(max_length=LONGEST_DESCRIPTION)]
PictureUrl = Annotated[str, Meta(max_length=512)]
Sort = Annotated[int, Meta(ge=0, le=10**6)]


class NoSuchMedal(AppError):
    """There is no such medal."""

    code, kind = "medals.no_such_medal", Kind.NOT_FOUND


class NoSuchWearer(AppError):
    """There is no such person to have a medal."""

    code, kind = "medals.no_such_wearer", Kind.NOT_FOUND


class TooManyMedals(AppError):
    """There is no room for one more medal."""

    code, kind = "medals.too_many", Kind.CONFLICT


class Medal(Message):
    """One medal of the catalogue."""

    medal_id: MedalId
    name: str
    sort: int
    """Where it stands among others: the smaller, the earlier."""
    description: str = ""
    picture: str = ""


class All(Message):
    """The whole catalogue."""


class NewMedal(Message):
    """A medal to be added to the catalogue."""

    name: MedalName
    sort: Sort = 100
    description: Description = ""
    picture: PictureUrl = ""


class ChangeMedal(Message):
    """Other words for a medal: what is not given stays. Whoever has it shows it changed."""

    medal_id: MedalId
    name: MedalName | UnsetType = UNSET
    sort: Sort | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    picture: PictureUrl | UnsetType = UNSET


class MedalById(Message):
    """Which medal."""

    medal_id: MedalId


class Award(Message):
    """Who gets a medal, or loses it."""

    user_id: UserId
    medal_id: MedalId


class ReadMedals(Message):
    """Whose: answered in this order, each once, with no medals for those who have none."""

    user_ids: Annotated[list[UserId], Meta(max_length=OWNERS_AT_ONCE)]


class Worn(Message):
    """The medals of one person, by `sort` and id."""

    user_id: UserId
    medals: list[Medal]


class MedalAwarded(Event):
    """Somebody has a medal."""

    fact: ClassVar[str] = "profile.medal_awarded"
    medal_id: int
    at: Annotated[datetime, Meta(tz=True)]


class MedalTaken(Event):
    """Somebody does not have a medal any more."""

    fact: ClassVar[str] = "profile.medal_taken"
    medal_id: int


list_medals = Call("profile.medals.list", All, list[Medal], read_only=True)
read_medals = Call("profile.medals.read", ReadMedals, list[Worn], read_only=True)
create_medal = Call(
    "profile.medals.create",
    NewMedal,
    Medal,
    (TooManyMedals, UnusablePictureUrl),
    least_role=int(Role.ADMIN),
)
change_medal = Call(
    "profile.medals.change",
    ChangeMedal,
    Medal,
    (NoSuchMedal, UnusablePictureUrl),
    least_role=int(Role.ADMIN),
)
delete_medal = Call(
    "profile.medals.delete", MedalById, type(None), (NoSuchMedal,), least_role=int(Role.ADMIN)
)
"""From the catalogue, and from whoever has it."""
award_medal = Call(
    "profile.medals.award",
    Award,
    type(None),
    (NoSuchMedal, NoSuchWearer, TooManyMedals),
    least_role=int(Role.ADMIN),
)
take_medal = Call(
    "profile.medals.take", Award, type(None), (NoSuchMedal,), least_role=int(Role.ADMIN)
)
"""Awarding and taking again change nothing."""
