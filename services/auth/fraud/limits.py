"""How many codes may be asked for, by address, account, device and network (line 18)."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from services.auth.fraud.attempts import Attempt
from services.auth.fraud.rules import Reason
from shared.contracts.notify import Channel
from shared.redis import Limit

SMS_HOUR, SMS_DAY = 5, 10
"""Codes to one phone number: an SMS costs money and cannot be unsent."""

EMAIL_HOUR, EMAIL_DAY = 10, 20
"""Codes to one e-mail address, unless `EMAIL_CODES_HOUR` says otherwise; twice as many in a day."""

ACCOUNT_HOUR, ACCOUNT_DAY = 10, 20
"""Codes of one account, over all addresses and purposes: those that somebody asks for who is logged
in, and those to its addresses. Two or three to each of phone and e-mail are an hour of bad luck; as
many as `EMAIL_CODES_HOUR` if that is more."""

DEVICE_HOUR, DEVICE_DAY = 10, 20
"""Codes asked for by one device, where clients name theirs: as many as of one account."""

DEVICE_LEAST = 16
"""Characters of what may name one device alone. Some clients send a short word, or their
User-Agent, which they share with thousands: nobody is counted with those."""

KEPT_FOR_OWNERS = 5
"""Where somebody has an address, one part in so many of each of these limits of addresses and
accounts is for them, who are logged in or in a network of theirs: strangers cannot use up what a
reset needs. Newcomers get the whole."""

IP_HOUR = 100
"""Codes asked for from one network, over all addresses (J2's figure, sealtalk reference 2.1)."""

HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class SendingLimit(Limit):
    """What a code counts against, and what it is refused for past it."""

    reason: Reason


class SendingLimits:
    """Gives what a code counts against."""

    def __init__(
        self, hidden: Callable[..., str], scale: float, email_hour: int = EMAIL_HOUR
    ) -> None:
        """`hidden` makes what stands for addresses and devices in Redis."""
        self._hidden, self._email = hidden, (email_hour, 2 * email_hour)
        self._account = max(ACCOUNT_HOUR, email_hour), max(ACCOUNT_DAY, 2 * email_hour)
        self._network = max(1, int(IP_HOUR * scale))

    def of(
        self, attempt: Attempt, owner: int | None = None, *, by_owner: bool = False
    ) -> list[SendingLimit]:
        """Give the limits of a code to an address of `owner`, perhaps asked for by them."""
        target = self._hidden("target", attempt.address)
        address = self._email if attempt.channel is Channel.EMAIL else (SMS_HOUR, SMS_DAY)
        limits = [
            *_hour_and_day(
                target,
                address,
                Reason.ADDRESS_LIMIT,
                strange=owner is not None and not by_owner,
            ),
            SendingLimit(f"codes:ip:{attempt.network}", self._network, HOUR, Reason.NETWORK_LIMIT),
        ]
        for account in {owner, attempt.caller} - {None}:
            limits += _hour_and_day(
                f"account:{account}",
                self._account,
                Reason.ACCOUNT_LIMIT,
                strange=not by_owner and account != attempt.caller,
            )
        if len(attempt.device) >= DEVICE_LEAST and " " not in attempt.device:
            device = f"device:{self._hidden('device', attempt.device)}"
            limits += _hour_and_day(device, (DEVICE_HOUR, DEVICE_DAY), Reason.DEVICE_LIMIT)
        if attempt.cooldown:
            key = f"codes:{target}:{attempt.purpose}"
            limits.insert(0, SendingLimit(key, 1, attempt.cooldown, Reason.COOLDOWN))
        return limits


def strangers_part(most: int) -> int:
    """Give how many of so many codes strangers may ask for; one at least.

    >>> [strangers_part(most) for most in (1, 2, 5, 10, 20)]
    [1, 1, 4, 8, 16]
    """
    return max(1, most - ceil(most / KEPT_FOR_OWNERS))


def _hour_and_day(
    who: str, most: tuple[int, int], reason: Reason, *, strange: bool = False
) -> list[SendingLimit]:
    hour, day = most
    limits = [
        SendingLimit(f"codes:{who}:hour", hour, HOUR, reason),
        SendingLimit(f"codes:{who}:day", day, DAY, reason),
    ]
    if strange:
        limits += [
            SendingLimit(f"codes:{who}:strangers:hour", strangers_part(hour), HOUR, reason),
            SendingLimit(f"codes:{who}:strangers:day", strangers_part(day), DAY, reason),
        ]
    return limits
