"""What is taken and shown where people look for groups and bots, and where these are edited."""

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.dialects.yunhu.views import Flag, Id, Page, Url
from shared.contracts.directory import LONGEST_KEYWORD

Keyword = Annotated[str, Meta(max_length=LONGEST_KEYWORD)]

# ---------------------------------------------------------------------------------- groups


class Channel(msgspec.Struct, rename="camel"):
    """From where a client was installed; all see the same."""

    app_channel: Annotated[str, Meta(max_length=64)] = ""


class CategoryNames(msgspec.Struct, frozen=True):
    """The categories of the discovery page, in order."""

    categories: list[str]


class GroupSearch(Page):
    """What to look for: an empty category or keyword is no condition."""

    category: Annotated[str, Meta(max_length=64)] = ""
    keyword: Keyword = ""


class FoundGroup(msgspec.Struct, frozen=True, rename="camel"):
    """A group that people may join."""

    chat_id: str
    ban_id: int
    nickname: str
    introduction: str
    avatar_url: str
    headcount: int
    create_time: int


class FoundGroups(msgspec.Struct, frozen=True, rename="camel"):
    """A page of groups."""

    group_list: list[FoundGroup]


class SubCategory(msgspec.Struct, frozen=True, kw_only=True):
    """A category below another one."""

    id: int
    name: str
    parent_id: int
    sub_items: list["SubCategory"] = msgspec.field(name="subItems", default_factory=list)


class CategoryTree(msgspec.Struct, frozen=True):
    """All categories, in two levels."""

    category: list[SubCategory]


class RecommendSearch(msgspec.Struct, rename="camel"):
    """What to look for: category 0 is all of them."""

    category_id: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    keyword: Keyword = ""


class RecommendedGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group in the newer of the two lists."""

    id: int
    group_id: str = msgspec.field(name="groupId")
    name: str
    introduction: str
    create_by: str = msgspec.field(name="createBy")
    create_time: int = msgspec.field(name="createTime")
    avatar_id: int = msgspec.field(name="avatarId", default=0)
    del_flag: int = 0
    avatar_url: str = msgspec.field(name="avatarUrl")
    headcount: int
    read_history: int = msgspec.field(name="readHistory")
    always_agree: int = msgspec.field(name="alwaysAgree")
    category_id: int = msgspec.field(name="categoryId")
    category: str
    private: int
    ban_id: int = msgspec.field(name="banId")
    gag: int = 0
    gag_by: str = msgspec.field(name="gagBy", default="")
    msg_type_limit: str = msgspec.field(name="msgTypeLimit", default="")


class RecommendedGroups(msgspec.Struct, frozen=True):
    """The groups that were found."""

    groups: list[RecommendedGroup]


class GroupSwitch(msgspec.Struct, rename="camel"):
    """Whether a group is kept out of the directory."""

    group_id: Id
    hide: Flag


# ---------------------------------------------------------------------------------- bots


class RecommendedBot(msgspec.Struct, frozen=True, rename="camel"):
    """A bot that people may add; two numbers are written as text, as the page has them."""

    chat_id: str
    chat_type: str
    headcount: str
    nickname: str
    introduction: str
    introductions: str
    avatar_url: str
    is_add: int
    is_apply: int
    always_agree: int


class RecommendedBots(msgspec.Struct, frozen=True, rename="camel"):
    """The bots that most people have added."""

    bot_list: list[RecommendedBot]


class ShopBot(msgspec.Struct, frozen=True, rename="camel"):
    """A bot in the shop."""

    chat_id: str
    chat_type: str
    headcount: str
    nickname: str
    introduction: str
    instructions: str
    avatar_url: str


class ShopBots(msgspec.Struct, frozen=True):
    """The shop."""

    bots: list[ShopBot]


class BotEdit(msgspec.Struct, rename="camel"):
    """What a bot of one's own is to show."""

    bot_id: Id
    nickname: Annotated[str, Meta(min_length=1, max_length=32)]
    introduction: Annotated[str, Meta(max_length=500)] = ""
    avatar_url: Url = ""
    private: Flag = 0


# ---------------------------------------------------------------------------------- contacts


class Wish(msgspec.Struct, rename="camel"):
    """Whom, or what, one wants to have among one's contacts."""

    chat_id: Id
    chat_type: Annotated[int, Meta(ge=1, le=3)]
    remark: Annotated[str, Meta(max_length=64)] = ""


class Contact(msgspec.Struct, rename="camel"):
    """One of one's contacts."""

    chat_id: Id
    chat_type: Annotated[int, Meta(ge=1, le=3)]


class Answer(msgspec.Struct):
    """An application, and whether it is granted: 1 yes, 2 no."""

    id: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    agree: Annotated[int, Meta(ge=1, le=2)]


class Silence(msgspec.Struct, rename="camel"):
    """Whether a chat is to be silent."""

    chat_id: Id
    no_notify: Flag
