"""A log of what administrators did to people and to what they are shown."""

from shared.caller import acting
from shared.telemetry import logs

log = logs.logger("administration")


def note(action: str, **what: int | str | bool) -> None:
    """Log what the administrator who is asking has done; in a call that demands a role."""
    log.info("authz_admin", action=action, actor=acting().user_id, **what)
