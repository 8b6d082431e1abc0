"""Public ids: the numbers of the user base as short opaque words, as sealtalk's clients see them.

Gateway and notify both write them and must make the same word of a number, so alphabet and length
are declared here as settings of both.
"""

from functools import lru_cache
from typing import Annotated

from msgspec import Meta, field
from sqids import Sqids

from shared.errors import AppError, Kind

MOST = 64
"""Longest word that is looked at."""

REMEMBERED = 100_000
"""Words kept with their numbers: turning one costs as much as a tenth of a whole request."""

Alphabet = Annotated[
    str,
    Meta(
        pattern="^[0-9A-Za-z]{16,62}$",
        description="letters of sealtalk's public ids; never change it once ids are out",
    ),
]
Length = Annotated[int, Meta(ge=4, le=32, description="least length of sealtalk's public ids")]

ALPHABET: str = field(
    name="SEALTALK_ID_ALPHABET",
    default="k3G7QAe51FCsPW92uEOyq4Bg6Sp8YzVTmnU0liwDdHXLajZrfxNhobJIRcMvKt",
)
"""The field of a `Config`: `sealtalk_id_alphabet: Alphabet = ALPHABET`."""

LENGTH: int = field(name="SEALTALK_ID_LENGTH", default=8)
"""The field of a `Config`: `sealtalk_id_length: Length = LENGTH`."""


def check_alphabet(alphabet: str) -> None:
    """Refuse, for a `Config`, an alphabet that makes one word of two numbers."""
    if len(set(alphabet)) != len(alphabet):
        raise ValueError("SEALTALK_ID_ALPHABET has a letter twice")


class NoSuchId(AppError):
    """Nobody and nothing has this id."""

    code, kind = "sealtalk.no_such_id", Kind.NOT_FOUND


class PublicIds:
    """Turns numbers into words and back; a word that was not made here names nobody.

    People and groups draw their numbers from one sequence, so that no word names two things.
    """

    def __init__(self, alphabet: str, length: int) -> None:
        self._sqids = Sqids(alphabet=alphabet, min_length=length, blocklist=[])
        self.encode = lru_cache(maxsize=REMEMBERED)(self._encode)
        self._decode = lru_cache(maxsize=REMEMBERED)(self._decode_anew)

    def _encode(self, number: int) -> str:
        return self._sqids.encode([number])

    def decode(self, word: str) -> int:
        """Give the number of a word, or raise `NoSuchId`."""
        if 0 < len(word) <= MOST and word.isascii() and word.isalnum():
            number = self._decode(word)
            if number is not None:
                return number
        raise NoSuchId()

    def _decode_anew(self, word: str) -> int | None:
        numbers = self._sqids.decode(word)
        if len(numbers) != 1 or not 0 < numbers[0] < 2**63 or self._encode(numbers[0]) != word:
            return None
        return numbers[0]
