"""Public ids: the numbers of the user base as short opaque words."""

from functools import lru_cache

from sqids import Sqids

from shared.errors import AppError, Kind

MOST = 64
"""Longest word that is looked at."""


class NoSuchId(AppError):
    """There is nobody with this id."""

    code, kind = "sealtalk.no_such_id", Kind.NOT_FOUND


class PublicIds:
    """Turns numbers into words and back; a word that was not made here names nobody."""

    def __init__(self, alphabet: str, length: int) -> None:
        self._sqids = Sqids(alphabet=alphabet, min_length=length, blocklist=[])
        self.encode = lru_cache(maxsize=100_000)(self._encode)

    def _encode(self, number: int) -> str:
        return self._sqids.encode([number])

    def decode(self, word: str) -> int:
        """Give the number of a word, or raise `NoSuchId`."""
        if not (0 < len(word) <= MOST and word.isascii() and word.isalnum()):
            raise NoSuchId()
        numbers = self._sqids.decode(word)
        if len(numbers) != 1 or not 0 < numbers[0] < 2**63 or self.encode(numbers[0]) != word:
            raise NoSuchId()
        return numbers[0]
