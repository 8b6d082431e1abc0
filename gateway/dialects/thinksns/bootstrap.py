"""What clients ask for when they start: limits, names, and what is switched on."""

from typing import Any

from gateway.core import Core
from gateway.dialects.thinksns import lists, views
from gateway.handlers import Handlers
from shared.contracts import invitations
from shared.version import VERSION


class Bootstrap(Handlers):
    """Tells clients about this site."""

    def __init__(self, core: Core) -> None:
        self._settings: dict[str, Any] = {
            "server:version": VERSION,
            "site": {
                "reserved_nickname": core.config.reserved_usernames,
                "gold": {"status": True},
                "reward": {"status": False, "amounts": ""},
                "currency_name": {"id": 1, "name": "积分"},
            },
            "registerSettings": {
                "showTerms": False,
                "method": "all",
                "content": "",
                "fixed": "no-need",
                "type": "all",
                "score": 0,
            },
            "currency": {
                "IAP": {"only": False, "rule": ""},
                "cash": {"rule": "", "status": False},
                "recharge": {"rule": "", "status": False},
                "rule": "",
            },
            "wallet": {"cash": {"types": [], "status": False}, "recharge": {"status": False}},
            "limit": lists.LIMIT,
            "invite": {
                "enable": True,
                "inviter_score": views.points(invitations.REWARD),
                "invitee_score": 0,
                "copy_content": "{邀请码}",
                "app_download_url": "",
                "code_base": invitations.CODE_BASE,
            },
            "register_score": 0,
            "vip-switch": True,
        }

    async def show(self) -> dict[str, Any]:
        """Show the settings that clients go by; nothing here is secret or of a person."""
        return self._settings
