"""Sealed texts, session tokens and signed callers."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import session_token
from shared.caller import LIFETIME, Caller, CallerSeal
from shared.seals import BrokenSeal, seal, unseal
from shared.session_token import BadToken, ExpiredToken, SessionToken
from shared.settings import Key, KeyRing

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+/= é"
ONE, TWO = Key(bytes(range(32))), Key(bytes(range(32, 64)))
KEYS = KeyRing({"a": ONE})

tokens = st.builds(
    SessionToken,
    user_id=st.integers(1, 2**63 - 1),
    session_id=st.uuids().map(lambda one: one.hex),
    expires_at=st.integers(1, 2**40),
    epoch=st.integers(0, 2**31),
    dialect=st.sampled_from(["sealtalk", "leaf", "yunhu", "thinksns"]),
    use=st.sampled_from(["session", "access", "refresh"]),
)


@given(st.binary(max_size=200), st.text(alphabet="abc.", min_size=1, max_size=8))
def test_what_is_sealed_comes_back(payload, purpose):
    """Any bytes come back, and travel in letters that cookies, headers and URLs carry."""
    text = seal(KEYS, purpose, payload)

    assert re.fullmatch(r"[A-Za-z0-9_.-]+", text)
    assert unseal(KEYS, purpose, text) == payload


@settings(max_examples=60)
@given(st.binary(max_size=40), st.data())
def test_no_character_can_be_changed(payload, data):
    """With any one character changed, taken out or put in, the seal is broken."""
    text = seal(KEYS, "p", payload)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([c for c in ALPHABET if c != text[place]]))
    for changed in (
        text[:place] + other + text[place + 1 :],
        text[:place] + text[place + 1 :],
        text[:place] + other + text[place:],
    ):
        with pytest.raises(BrokenSeal):
            unseal(KEYS, "p", changed)


def test_every_character_of_one_token():
    """No place of a real token can hold any other character: there is one way to write it."""
    token = SessionToken(user_id=7, session_id="f" * 32, expires_at=9, epoch=0, dialect="leaf")
    text = session_token.issue(KEYS, token)
    for place in range(len(text)):
        for other in ALPHABET:
            if other != text[place]:
                with pytest.raises(BadToken):
                    session_token.read(KEYS, text[:place] + other + text[place + 1 :], now=0)


@given(st.text(max_size=200))
def test_rubbish_is_no_seal(text):
    """Whatever it is, it is refused in the same way."""
    with pytest.raises(BrokenSeal):
        unseal(KEYS, "p", text)
    with pytest.raises(BadToken):
        session_token.read(KEYS, text)


def test_a_seal_is_for_one_purpose():
    """What is sealed for one purpose is worth nothing for another."""
    with pytest.raises(BrokenSeal):
        unseal(KEYS, "caller", seal(KEYS, "session", b"x"))


@given(tokens)
def test_a_token_comes_back(token):
    """Every field of a session token is read as it was written."""
    text = session_token.issue(KEYS, token)

    assert session_token.read(KEYS, text, now=0) == token
    assert len(text) < 512


@given(tokens)
def test_both_sides_of_the_expiry(token):
    """A token is good before its second has come, and expired from then on."""
    text = session_token.issue(KEYS, token)

    assert session_token.read(KEYS, text, now=token.expires_at - 0.001) == token
    with pytest.raises(ExpiredToken):
        session_token.read(KEYS, text, now=token.expires_at)


@given(tokens)
def test_keys_are_rotated(token):
    """A new first key signs, the old one is still accepted until it is taken out."""
    old, both, new = KeyRing({"a": ONE}), KeyRing({"b": TWO, "a": ONE}), KeyRing({"b": TWO})
    before, after = session_token.issue(old, token), session_token.issue(both, token)

    assert session_token.read(both, before, now=0) == token
    assert session_token.read(both, after, now=0) == token
    assert session_token.read(new, after, now=0) == token
    for keys, text in ((new, before), (old, after), (KeyRing({"a": TWO}), before)):
        with pytest.raises(BadToken):
            session_token.read(keys, text, now=0)


@given(st.integers(1, 2**63 - 1), st.text(alphabet="0123456789abcdef", max_size=32))
def test_a_caller_comes_back(user_id, session_id):
    """A signed caller is read by who has the key, and by nobody else."""
    caller = Caller(user_id, session_id, role=2)
    text = CallerSeal(ONE).sign(caller)

    assert CallerSeal(ONE).check(text) == caller
    assert CallerSeal(TWO).check(text) is None
    assert CallerSeal(ONE).check(text[:-1]) is None
    assert CallerSeal(ONE).check(None) is None


def test_a_caller_grows_old(monkeypatch):
    """A signed caller is good for a minute."""
    text = CallerSeal(ONE).sign(Caller(7, "x"))
    now = time.time()
    for later, good in ((LIFETIME - 1, True), (LIFETIME + 1, False)):
        monkeypatch.setattr(time, "time", lambda later=later: now + later)
        assert (CallerSeal(ONE).check(text) is not None) is good
