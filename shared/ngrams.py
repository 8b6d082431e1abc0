"""Finding names by a part of them, from an index: a name is kept with all its short pieces.

A query names pieces that the name must have, which an index on the array of pieces answers; what
has the pieces but not the whole part is sorted out by a pattern on the folded name. A text index
would look for words, which names in Chinese do not have, and a pattern alone reads every name.
"""

import re
import unicodedata
from typing import Any

from shared.texts import NOT_IN_LINE

LONGEST_PIECE = 3
"""Characters: few names share three in a row; four would double the index for little."""


def folded(text: str) -> str:
    """Give a text as it is compared: without case, width and other differences of form (NFKC).

    >>> folded(" Ｔom ")
    'tom'
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()


def pieces(text: str) -> list[str]:
    """Give every piece of a name, each once: to be kept beside it in an indexed array.

    >>> pieces("abcd")
    ['a', 'ab', 'abc', 'b', 'bc', 'bcd', 'c', 'cd', 'd']
    """
    name = folded(text)
    found = {
        name[start : start + length]
        for length in range(1, LONGEST_PIECE + 1)
        for start in range(len(name) - length + 1)
    }
    return sorted(found)


def having(part: str, pieces_field: str, folded_field: str) -> dict[str, Any]:
    """Give the filter for names that have this part; none for a part that is blank.

    >>> having("ABC", "pieces", "folded")
    {'pieces': 'abc'}
    """
    wanted = folded(part)
    if not wanted:
        return {}
    if NOT_IN_LINE.search(wanted):
        return {pieces_field: {"$in": []}}  # no name has it, and a pattern could not either
    if len(wanted) <= LONGEST_PIECE:
        return {pieces_field: wanted}
    last = len(wanted) - LONGEST_PIECE
    # Pieces side by side are enough, and the last one; those between follow from the pattern.
    starts = [*range(0, last, LONGEST_PIECE), last]
    every = list(dict.fromkeys(wanted[start : start + LONGEST_PIECE] for start in starts))
    return {pieces_field: {"$all": every}, folded_field: {"$regex": re.escape(wanted)}}
