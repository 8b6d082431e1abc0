"""What may be shown, which change is one, and which ticket is good."""

import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.profile.pictures.rules import TICKET_LIFETIME, Tickets, is_key, new_key
from services.profile.profiles import rules
from shared import texts
from shared.contracts import pictures, profile
from shared.errors import UnusableText
from shared.settings import Key

TICKETS = Tickets(Key(bytes(range(32))))
TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FORBIDDEN = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2066, 0x206A)),
    *map(chr, range(0xFDD0, 0xFDF0)),
    *(chr(plane * 0x10000 + low) for plane in range(17) for low in (0xFFFE, 0xFFFF)),
    "\ud800",
    "\udfff",
]
SHOWN = ["a", "鼠", "é", "1", "!", "€", "👍", "ا", "ก", "\U0001fae8"]
BLANK = [" ", "\u00a0", "\u200b", "\u200d", "\u2060", "\ufeff", "\u115f", "\u3164", "\u2800"]
A_PROFILE = profile.Profile(user_id=7, nickname="Ann", created_at=TIME, updated_at=TIME)


@given(st.text(max_size=70), st.sampled_from(FORBIDDEN), st.text(max_size=70))
def test_one_forbidden_character_spoils_a_nickname(before, forbidden, after):
    """Wherever it stands."""
    assert not texts.is_nickname(before + forbidden + after)


@pytest.mark.parametrize("forbidden", FORBIDDEN)
def test_texts_refuse_what_is_never_shown(forbidden):
    """A bio may have line breaks and tabs, and nothing else of the kind; a place not even these."""
    bio = profile.ChangeProfile(user_id=7, bio=f"a{forbidden}b")
    place = profile.ChangeProfile(user_id=7, place=f"a{forbidden}b")

    if forbidden in "\t\n\r":
        rules.check_change(bio)
    else:
        with pytest.raises(UnusableText):
            rules.check_change(bio)
    with pytest.raises(UnusableText):
        rules.check_change(place)


@given(st.lists(st.sampled_from(BLANK), max_size=20), st.sampled_from(SHOWN), st.integers(0, 20))
def test_a_nickname_needs_something_to_see(blanks, shown, at):
    """Blanks alone are none, one visible character among them is enough."""
    assert not texts.is_nickname("".join(blanks))
    assert texts.is_nickname("".join(blanks[:at]) + shown + "".join(blanks[at:]))


@given(st.text())
def test_a_nickname_can_be_written_down(text):
    """What is accepted can be encoded, is bounded and has no control characters."""
    if texts.is_nickname(text):
        assert text.encode()
        assert 1 <= len(text) <= 64
        assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


@given(st.text(), st.text())
def test_a_nickname_can_be_made_of_anything(nickname, username):
    """Whatever a registration brings, something usable comes out; what is usable stays."""
    made = texts.nickname_from(nickname, username, "7")

    assert texts.is_nickname(made)
    if texts.is_nickname(nickname):
        assert made == nickname


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://a",
        "https://example.org/a.png?x=1&y=%20#z",
        "HTTPS://EXAMPLE.ORG/A",
        "http://127.0.0.1:8000/media/abc.jpg",
        "https://例子.测试/图.png",
        "https://[2001:db8::1]:8443/a",
    ],
)
def test_addresses_of_pictures(address):
    """Absolute http and https addresses are taken as they are, and so is none."""
    assert texts.is_picture_url(address)


@pytest.mark.parametrize(
    "address",
    [
        "a.png",
        "/a.png",
        "//example.org/a.png",
        "http:",
        "http://",
        "http:///a",
        "https:/example.org",
        "ftp://example.org/a",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        " https://example.org",
        "https://example.org/a b",
        'https://example.org/"onerror=',
        "https://example.org/<script>",
        "https://example.org\\@evil.example",
        "https://user:pass@example.org/",
        "https://example.org:99999/",
        "https://example.org:0/",
        "https://[::1/",
        "https://example.org/\x00",
        "https://example.org/\u202egnp.exe",
    ],
)
def test_what_is_no_address_of_a_picture(address):
    """Anything a browser could take for something else is refused."""
    assert not texts.is_picture_url(address)


@given(st.text())
def test_any_text_is_an_address_or_not(text):
    """No text is an error, and an accepted one begins as it must."""
    if texts.is_picture_url(text) and text:
        assert text.lower().startswith(("http://", "https://"))


GIVEN = st.fixed_dictionaries(
    {},
    optional={
        "nickname": st.sampled_from(["Ann", "Bob"]),
        "bio": st.sampled_from(["", "x"]),
        "gender": st.sampled_from(profile.Gender),
        "birthday": st.sampled_from([None, date(1990, 1, 1)]),
        "avatar": st.sampled_from(["", "https://example.org/a"]),
    },
)


@given(GIVEN, GIVEN)
def test_changes_are_what_is_different(first, second):
    """After a change each given field is as given, each other as before; again there is none."""
    present = rules.changed(A_PROFILE, first)
    ask = profile.ChangeProfile(user_id=7, **second)

    values = rules.changes(present, ask)
    after = rules.changed(present, values)

    for name in rules.FIELDS:
        assert getattr(after, name) == second.get(name, getattr(present, name))
        assert (name in values) == (getattr(after, name) != getattr(present, name))
    assert rules.changes(after, ask) == {}
    assert after.created_at == TIME


@given(st.integers(1, 2**63 - 1), st.integers(0, 2**33))
def test_a_ticket_is_good_for_an_hour(owner, now):
    """Until its last second it names its owner, from then on nobody."""
    token = TICKETS.issue(owner, now).token

    assert TICKETS.owner_of(token, now + TICKET_LIFETIME - 1) == owner
    with pytest.raises(pictures.BadTicket):
        TICKETS.owner_of(token, now + TICKET_LIFETIME)


@given(st.text(max_size=120))
def test_no_text_is_a_ticket(text):
    """Whatever is shown as a ticket is refused as a bad one."""
    with pytest.raises(pictures.BadTicket):
        TICKETS.owner_of(text)


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_a_ticket_that_was_changed_is_none(at, character):
    """One other character breaks the seal."""
    token = TICKETS.issue(7).token
    at %= len(token)
    changed = token[:at] + character + token[at + 1 :]

    if changed != token:
        with pytest.raises(pictures.BadTicket):
            TICKETS.owner_of(changed)


def test_keys_are_of_one_form():
    """Made keys are accepted as keys, and no two are the same."""
    keys = {new_key(media_type) for media_type in ("image/jpeg", "image/png") for _ in range(50)}

    assert len(keys) == 100
    assert all(is_key(key) for key in keys)
