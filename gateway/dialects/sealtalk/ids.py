"""Public ids: the numbers of the user base as short opaque words."""

from functools import lru_cache

from sqids import Sqids

from gateway.errors import BadRequest
from shared.errors import AppError, Kind

MOST = 64
"""Longest word that is looked at."""


REMEMBERED = 100_000
"""Words kept with their numbers: turning one costs as much as a tenth of a whole request."""


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

    def given(self, word: str) -> int:
        """Give the number of a word that a body names, where a wrong one is a bad request."""
        try:
            return self.decode(word)
        except NoSuchId as error:
            raise BadRequest(error.message) from None

    def _decode_anew(self, word: str) -> int | None:
        numbers = self._sqids.decode(word)
        if len(numbers) != 1 or not 0 < numbers[0] < 2**63 or self._encode(numbers[0]) != word:
            return None
        return numbers[0]
