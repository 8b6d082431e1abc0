"""What is allowed with bots, and what follows from it."""

from typing import Any

from msgspec import UNSET

from services.social.groups.rules import check_introduction, check_name, check_portrait
from shared.contracts import bots

SHOWN = ("name", "introduction", "avatar", "private", "always_agree")
"""What the owner of a bot may change of it."""


def check_shown(ask: bots.CreateBot | bots.ChangeBot) -> None:
    """Refuse text or a picture that cannot be shown."""
    if ask.name is not UNSET:
        check_name(ask.name)
    if ask.introduction is not UNSET:
        check_introduction(ask.introduction)
    if ask.avatar is not UNSET:
        check_portrait(ask.avatar, "avatar")


def changes(present: bots.Bot, ask: bots.ChangeBot) -> dict[str, Any]:
    """Give what would be different afterwards, with what it would be."""
    return {
        name: wanted
        for name in SHOWN
        if (wanted := getattr(ask, name)) is not UNSET and wanted != getattr(present, name)
    }


def check_owner(asking: int, bot: bots.Bot) -> None:
    """Refuse whoever did not make the bot; one that is private is not there for them."""
    if asking != bot.owner_id:
        raise bots.NoSuchBot if bot.private else bots.NotTheOwner


def check_addable(asking: int, bot: bots.Bot) -> None:
    """Refuse to add a bot that is banned, or private to another."""
    if bot.private and asking != bot.owner_id:
        raise bots.NoSuchBot
    if bot.banned:
        raise bots.BotBanned


def is_listed(bot: bots.Bot) -> bool:
    """Tell whether a bot is in the directory."""
    return not (bot.private or bot.banned)


def is_seen_by(viewer: int, bot: bots.Bot) -> bool:
    """Tell whether somebody may see a bot: a private one is its owner's and of who has added it.

    Viewer 0 is an operator, who sees all: nobody else can sign as that.
    """
    return not bot.private or bot.added or viewer in (0, bot.owner_id)
