"""Bots, which the social service answers: who made them, what they show, and who has added them.

A bot has an id of the sequence of people and groups. What it does is the business of a messenger
next door; here is what people find and add.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from shared.contract import Call, Event, Message, UserId
from shared.contracts.accounts import Role
from shared.contracts.groups import Introduction, PictureUrl
from shared.contracts.relations import NoSuchPerson
from shared.errors import AppError, Kind

BotId = UserId
"""Drawn from the same sequence as people's ids: an id alone names one thing."""

LONGEST_BOT_NAME = 32
BOTS_MOST = 20
"""Bots that one person keeps."""

ADDED_MOST = 500
"""Bots that one person has added."""

PAGE_MOST = 100
"""Bots in one page of the directory."""

DEEPEST = 10_000
"""Bots that an `offset` can pass over."""

READ_AT_ONCE = 500
"""Bots in one question."""

LONGEST_KEYWORD = 32
"""Characters of what is looked for in names."""

ViewerId = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""A person's id; 0 for an operator, as `userhub admin` signs."""

BotName = Annotated[str, Meta(min_length=1, max_length=LONGEST_BOT_NAME)]


class NoSuchBot(AppError):
    """There is no such bot, or not any more, or not for the one who asks."""

    code, kind = "social.no_such_bot", Kind.NOT_FOUND


class NotTheOwner(AppError):
    """Only whoever made the bot may do this."""

    code, kind = "social.not_the_owner", Kind.FORBIDDEN


class BotBanned(AppError):
    """This bot was banned."""

    code, kind = "social.bot_banned", Kind.FORBIDDEN


class AlreadyAdded(AppError):
    """This person has added the bot already."""

    code, kind = "social.already_added", Kind.CONFLICT


class TooManyBots(AppError):
    """There is no room for one more bot."""

    code, kind = "social.too_many_bots", Kind.CONFLICT


class Bot(Message):
    """A bot as people see it."""

    bot_id: BotId
    owner_id: UserId
    name: str
    created_at: datetime
    introduction: str = ""
    avatar: str = ""
    private: bool = False
    """Only its owner finds and adds it; who has added it before keeps it."""
    always_agree: bool = False
    """It joins groups without being asked: what its owner says of it, for messengers."""
    headcount: int = 0
    """People who have added it."""
    banned: bool = False
    added: bool = False
    """Whether the one who asks has added it."""

    @property
    def can_be_added(self) -> bool:
        """Whether anybody (its owner, if it is private) may add it."""
        return not self.banned


class CreateBot(Message):
    """Make a bot of one's own, with an id drawn from the sequence; one has not added it by that."""

    owner_id: UserId
    name: BotName
    introduction: Introduction = ""
    avatar: PictureUrl = ""
    private: bool = False
    always_agree: bool = False


class ChangeBot(Message):
    """Change what one's bot shows; what is not given stays as it is."""

    owner_id: UserId
    bot_id: BotId
    name: BotName | UnsetType = UNSET
    introduction: Introduction | UnsetType = UNSET
    avatar: PictureUrl | UnsetType = UNSET
    private: bool | UnsetType = UNSET
    always_agree: bool | UnsetType = UNSET


class OneBot(Message):
    """Add a bot, remove it from those one has added, or delete one's own."""

    owner_id: UserId
    bot_id: BotId


class ReadBots(Message):
    """Which bots; `viewer_id` is whoever asks, 0 for an operator, who sees private ones too."""

    viewer_id: ViewerId
    bot_ids: Annotated[list[BotId], Meta(max_length=READ_AT_ONCE)]


class BotOrder(StrEnum):
    """How the directory is sorted, ties by greater id first; with a keyword always by headcount."""

    HEADCOUNT = "headcount"
    """Those that most people have added first."""
    NEWEST = "newest"


class SearchBots(Message):
    """Look in the directory: public bots that are not banned; an empty keyword finds all.

    A keyword is looked for anywhere in the name, whatever its case or width.
    """

    viewer_id: ViewerId
    limit: Annotated[int, Meta(ge=1, le=PAGE_MOST)]
    offset: Annotated[int, Meta(ge=0)] = 0
    """Beyond `DEEPEST` there is nothing."""
    keyword: Annotated[str, Meta(max_length=LONGEST_KEYWORD)] = ""
    order: BotOrder = BotOrder.HEADCOUNT


class BotsOf(Message):
    """Whose bots: those one has made, or has added."""

    owner_id: UserId


class BanBot(Message):
    """Ban a bot, or allow it again: it is not in the directory and nobody can add it meanwhile."""

    bot_id: BotId
    banned: bool


class BotCreated(Event):
    """`user_id` made a bot."""

    fact: ClassVar[str] = "social.bot_created"
    bot_id: BotId
    name: str


class BotChanged(Event):
    """`user_id`'s bot shows something else; `changed` names the fields."""

    fact: ClassVar[str] = "social.bot_changed"
    bot_id: BotId
    changed: list[str]


class BotDeleted(Event):
    """`user_id`'s bot is gone; whoever had added it has it no more."""

    fact: ClassVar[str] = "social.bot_deleted"
    bot_id: BotId


class BotAdded(Event):
    """`user_id` added a bot."""

    fact: ClassVar[str] = "social.bot_added"
    bot_id: BotId


class BotRemoved(Event):
    """`user_id` no longer has a bot among those they added."""

    fact: ClassVar[str] = "social.bot_removed"
    bot_id: BotId


class BotBanChanged(Event):
    """An administrator banned a bot of `user_id`, or allowed it again."""

    fact: ClassVar[str] = "social.bot_ban_changed"
    bot_id: BotId
    banned: bool


create_bot = Call(
    "social.bots.create", CreateBot, Bot, (NoSuchPerson, TooManyBots), acts_for="owner_id"
)
change_bot = Call(
    "social.bots.change", ChangeBot, Bot, (NoSuchBot, NotTheOwner), acts_for="owner_id"
)
delete_bot = Call(
    "social.bots.delete", OneBot, type(None), (NoSuchBot, NotTheOwner), acts_for="owner_id"
)
add_bot = Call(
    "social.bots.add",
    OneBot,
    type(None),
    (NoSuchBot, NoSuchPerson, BotBanned, AlreadyAdded, TooManyBots),
    acts_for="owner_id",
)
remove_bot = Call("social.bots.remove", OneBot, type(None), (NoSuchBot,), acts_for="owner_id")
"""Refuses a bot that the caller has not added."""
read_bots = Call("social.bots.read", ReadBots, list[Bot], (), acts_for="viewer_id", read_only=True)
"""In the order asked for, each once, without those that do not exist or are private to another."""
search_bots = Call(
    "social.bots.search", SearchBots, list[Bot], (), acts_for="viewer_id", read_only=True
)
list_own_bots = Call("social.bots.own", BotsOf, list[Bot], (), acts_for="owner_id", read_only=True)
"""By id, `BOTS_MOST` at the most: all of them."""
list_added_bots = Call(
    "social.bots.added", BotsOf, list[Bot], (), acts_for="owner_id", read_only=True
)
"""By id, `ADDED_MOST` at the most: all of them."""
ban_bot = Call("social.bots.ban", BanBot, type(None), (NoSuchBot,), least_role=Role.ADMIN)
"""Again, it changes nothing."""
