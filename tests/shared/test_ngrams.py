"""Pieces of names: what has a part is found by it."""

import re
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from shared import ngrams

names = st.text(alphabet="abAＢ加Ⅷßé ._-*", max_size=12)


def matches(name: str, query: dict[str, Any]) -> bool:
    """Do what the database does."""
    kept = ngrams.pieces(name)
    wanted = query["pieces"]
    every = wanted["$all"] if isinstance(wanted, dict) else [wanted]
    pattern = query.get("folded", {"$regex": ""})["$regex"]
    return set(every) <= set(kept) and re.search(pattern, ngrams.folded(name)) is not None


@given(names, names)
def test_a_name_is_found_by_a_part_of_it_and_no_other(name, part):
    """Whatever the part: exactly the names that contain it, compared without case and width."""
    assume(ngrams.folded(part))

    found = matches(name, ngrams.having(part, "pieces", "folded"))

    assert found == (ngrams.folded(part) in ngrams.folded(name))


@given(st.text(alphabet=" \u3000\t", max_size=3))
def test_a_blank_part_is_no_filter(part):
    """Nothing to look for finds everything."""
    assert ngrams.having(part, "pieces", "folded") == {}


@given(st.text(max_size=64))
def test_pieces_are_few(text):
    """There are no more than three for a character, whatever the text."""
    assert len(ngrams.pieces(text)) <= 3 * len(ngrams.folded(text))


@given(names, st.sampled_from("\x00\n\u202e"), names)
def test_what_is_in_no_name_finds_none(before, control, after):
    """A part with a control character is no pattern that the database could refuse."""
    assume(before.strip() and after.strip())

    assert ngrams.having(before + control + after, "pieces", "folded") == {"pieces": {"$in": []}}
