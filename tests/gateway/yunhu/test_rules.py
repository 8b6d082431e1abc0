"""The shape of parameters, without anybody asking."""

import doctest
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.geodata.locale import LOCALE_DATA

from gateway.dialects.yunhu import countries, ids, moments, rules
from gateway.dialects.yunhu.words import Refused
from shared.contracts import remarks
from shared.errors import AppError

NOW = int(datetime.now(UTC).timestamp())
BORN = int(moments.EARLIEST.timestamp())


@pytest.mark.parametrize("module", [countries, ids, moments, rules])
def test_examples(module) -> None:
    """What docstrings show is what happens."""
    assert doctest.testmod(module).failed == 0


@given(st.integers(BORN, NOW).filter(bool))
def test_a_birthday_is_read_as_it_was_sent(seconds: int) -> None:
    """Any moment of a life comes back to the second, and its day is China's."""
    day, second = rules.birthday(seconds)

    assert rules.birthday_seconds(day, second) == seconds
    assert day == datetime.fromtimestamp(seconds, moments.CHINA).date()
    assert 0 <= second < 86_400


@given(st.integers(max_value=BORN - 1) | st.integers(min_value=NOW + 86_400))
def test_births_that_cannot_be(seconds: int) -> None:
    """Before 1900 and in the future nobody was born, however great the number."""
    with pytest.raises(Refused):
        rules.birthday(seconds)


@given(
    st.lists(
        st.builds(
            remarks.Extra,
            key=st.text(max_size=remarks.LONGEST_KEY),
            value=st.text(max_size=remarks.LONGEST_VALUE),
        ),
        max_size=remarks.EXTRAS_MOST,
    )
)
def test_notes_are_read_as_they_are_written(rows: list[remarks.Extra]) -> None:
    """Keys and values survive as they are, in their order."""
    assert rules.extras(rules.extras_text(rows)) == rows


@given(st.text(max_size=200))
def test_any_text_is_understood_or_refused(text: str) -> None:
    """No text at all makes a rule fail other than by refusing."""
    for rule in (
        rules.phone,
        rules.nickname,
        rules.avatar,
        rules.user,
        rules.extras,
        rules.invite_code,
        rules.location_code,
    ):
        try:
            rule(text)
        except AppError:
            continue


@given(st.integers(-(10**15), 10**15))
def test_coins_have_two_places(hundredths: int) -> None:
    """An amount is exact to the hundredth, as far as balances go."""
    assert round(rules.coins(hundredths) * 100) == hundredths


def test_every_country_has_a_name() -> None:
    """No country's name is empty, or one of the table's own references."""
    for code in LOCALE_DATA:
        assert countries.name(code)
        assert not countries.name(code).startswith("*")
