"""What a report may say, and who may bring one."""

import hmac
import re
from dataclasses import dataclass

from shared.settings import Key

DELIVERED, FAILED = "delivered", "failed"

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,39}")
_LONG_NUMBER = re.compile(r"[0-9]{6}")
"""No code of a provider has so many digits; a phone number and a verification code may."""


@dataclass(frozen=True)
class Report:
    """What a provider says became of one message."""

    receipt: str
    """The provider's own id of the message."""
    delivered: bool
    code: str | None = None
    """Its reason, if the message did not arrive."""

    @property
    def fate(self) -> str:
        """Name what became of it."""
        return DELIVERED if self.delivered else FAILED

    @property
    def text(self) -> str:
        """Write it as a record shows it; a code that does not look like one is left out.

        >>> Report("SM1", delivered=False, code="30005").text
        'failed (30005)'
        """
        code = self.code or ""
        if self.delivered or not _CODE.fullmatch(code) or _LONG_NUMBER.search(code):
            return self.fate
        return f"{self.fate} ({code})"


def is_right_token(token: str, key: Key | None) -> bool:
    """Tell whether this is the secret end of our URLs, in a time that tells nothing about it."""
    if key is None:
        return False
    try:
        return hmac.compare_digest(Key.parse(token).raw, key.raw)
    except ValueError:
        return False
