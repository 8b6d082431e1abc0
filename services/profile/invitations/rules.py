"""Whose code is whose, who may be brought by whom, and when it pays."""

from msgspec import Struct
from msgspec.structs import replace

from shared.contracts import invitations, profile

ORDINARY_IDS = 2**31
"""Ids up to this have a standard code that nobody else may choose; they are drawn from 1 on."""


class Host(Struct, frozen=True, kw_only=True):
    """What somebody's invitations came to; the counts of a day are those of `day`."""

    user_id: int
    code: str = ""
    """As its owner chose it; empty for none."""
    invited: int = 0
    rewarded: int = 0
    income: int = 0
    day: int = 0
    invited_today: int = 0
    rewarded_today: int = 0


def check_choice(user_id: int, code: str) -> None:
    """Refuse a code that is, or may become, the standard code of another person."""
    owner = invitations.owner_of_standard(code)
    if owner is not None and owner != user_id and owner <= ORDINARY_IDS:
        raise invitations.CodeTaken


def is_own_standard(user_id: int, code: str) -> bool:
    """Whether a code is the one that its owner has anyway."""
    return invitations.owner_of_standard(code) == user_id


def check_inviter(guest: profile.Profile, host: profile.Profile) -> None:
    """Refuse oneself and who came later; so no two people can have brought each other."""
    if (host.created_at, host.user_id) >= (guest.created_at, guest.user_id):
        raise invitations.NotInvitedBy


def on_day(host: Host, today: int) -> Host:
    """Give the counts as they are on this day."""
    if host.day == today:
        return host
    return replace(host, day=today, invited_today=0, rewarded_today=0)


def brought(host: Host, today: int) -> tuple[Host, bool]:
    """Count one more; tells whether that one pays."""
    host = on_day(host, today)
    pays = (
        host.rewarded < invitations.REWARDED_IN_ALL
        and host.rewarded_today < invitations.REWARDED_A_DAY
    )
    return (
        replace(
            host,
            invited=host.invited + 1,
            invited_today=host.invited_today + 1,
            rewarded=host.rewarded + pays,
            rewarded_today=host.rewarded_today + pays,
            income=host.income + invitations.REWARD * pays,
        ),
        pays,
    )


def shown(host: Host, inviter_id: int | None, today: int) -> invitations.Invitation:
    """Show somebody's code and what it came to."""
    host = on_day(host, today)
    return invitations.Invitation(
        user_id=host.user_id,
        code=host.code or invitations.standard_code(host.user_id),
        invited=host.invited,
        invited_today=host.invited_today,
        rewarded=host.rewarded,
        rewarded_today=host.rewarded_today,
        income=host.income,
        inviter_id=inviter_id,
    )
