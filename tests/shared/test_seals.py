"""Sealed texts, session tokens and signed callers."""

import re
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import session_token
from shared.caller import AGAIN, LIFETIME, Caller, CallerSeal
from shared.seals import BrokenSeal, seal, seal_with_each, unseal
from shared.session_token import BadToken, ExpiredToken, SessionToken
from shared.settings import Key, KeyRing

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+/= é"
ONE, TWO = Key(bytes(range(32))), Key(bytes(range(32, 64)))
KEYS = KeyRing({"a": ONE})
GATEWAY = CallerSeal(KeyRing({"auth1": ONE, "profile1": TWO}))
AUTH, PROFILE = CallerSeal(KeyRing({"auth1": ONE})), CallerSeal(KeyRing({"profile1": TWO}))

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


@pytest.fixture
def one_moment(monkeypatch):
    """Let time stand still: a caller's next header is the same until ten seconds are full."""
    moment = time.time()
    monkeypatch.setattr(time, "time", lambda: moment)


callers = st.builds(
    Caller,
    user_id=st.integers(0, 2**63 - 1),
    session_id=st.text(alphabet="0123456789abcdef", max_size=32),
    role=st.integers(0, 3),
)


@pytest.mark.usefixtures("one_moment")
@given(callers)
def test_a_caller_comes_back_at_every_service(caller):
    """Who has one of the keys reads whom the gateway signed; a caller's next header is the same."""
    text = GATEWAY.sign(caller)

    assert [service.check(text) for service in (AUTH, PROFILE)] == [caller, caller]
    assert GATEWAY.sign(caller) == text
    assert len(text) < 512
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", text)


@given(callers)
def test_a_service_signs_for_itself_alone(caller):
    """What one service signs, by whatever name of its key, no other one believes."""
    forgers = (PROFILE, CallerSeal(KeyRing({"auth1": TWO})), CallerSeal(KeyRing({"a": ONE})))
    for forger in forgers:
        assert AUTH.check(forger.sign(caller)) is None


@pytest.mark.usefixtures("one_moment")
@given(callers, callers)
def test_a_seal_goes_with_its_caller(one, other):
    """Neither another service's seal nor that of another caller serves, whatever stands around."""
    _, payload, _, for_auth, _, for_profile = GATEWAY.sign(one).split(".")
    _, others, *_ = GATEWAY.sign(other).split(".")

    assert AUTH.check(f"v1.{payload}.auth1.{for_auth}") == one
    assert AUTH.check(f"v1.{payload}.auth1.{for_profile}") is None
    assert AUTH.check(f"v1.{payload}.profile1.{for_auth}") is None
    assert AUTH.check(f"v1.{payload}.auth1.{for_profile}.auth1.{for_auth}") is None
    assert (AUTH.check(f"v1.{others}.auth1.{for_auth}") is None) is (one != other)


@settings(max_examples=60)
@given(callers, st.data())
def test_no_character_of_a_caller_can_be_changed(caller, data):
    """Of what a service reads every character counts: version, caller, its own seal."""
    text = GATEWAY.sign(caller)
    _, payload, *_, for_profile = text.split(".")
    own = f"v1.{payload}.profile1.{for_profile}"
    place = data.draw(st.integers(0, len(own) - 1))
    other = data.draw(st.sampled_from([c for c in ALPHABET if c != own[place]]))

    assert PROFILE.check(own) == caller
    for changed in (
        own[:place] + other + own[place + 1 :],
        own[:place] + own[place + 1 :],
        own[:place] + other + own[place:],
        own[:place],
        text[: data.draw(st.integers(0, len(text) - 1))],
    ):
        assert PROFILE.check(changed) is None


@given(st.none() | st.text(max_size=200))
def test_rubbish_is_no_caller(text):
    """Whatever it is, it names nobody."""
    assert AUTH.check(text) is None


def test_what_is_sealed_for_another_purpose_is_no_caller():
    """A seal of the same key for something else names nobody, nor does a seal around no caller."""
    ring = KeyRing({"auth1": ONE})
    payload = msgspec.msgpack.encode([[7, "x"], time.time() + 9])

    assert AUTH.check(seal_with_each(ring, "caller", payload)) == Caller(7, "x")
    assert AUTH.check(seal_with_each(ring, "session", payload)) is None
    assert AUTH.check(seal(ring, "caller", payload)) is None
    assert AUTH.check(seal_with_each(ring, "caller", b"rubbish")) is None


@given(callers)
def test_keys_of_callers_are_rotated(caller):
    """While both keys are told, a process that was not told yet understands those that were."""
    old, both, new = (
        CallerSeal(KeyRing(keys))
        for keys in ({"auth1": ONE}, {"auth2": TWO, "auth1": ONE}, {"auth2": TWO})
    )
    for signs, checks in ((old, both), (both, old), (both, new), (new, both)):
        assert checks.check(signs.sign(caller)) == caller
    assert new.check(old.sign(caller)) is None


def test_a_caller_grows_old(monkeypatch):
    """A signed caller is good for a minute at most, and for nearly that whenever it is signed."""
    start = time.time() // AGAIN * AGAIN
    for signed_at in (start, start + 0.5, start + AGAIN - 0.001, start + AGAIN):
        monkeypatch.setattr(time, "time", lambda: signed_at)  # noqa: B023
        text = GATEWAY.sign(Caller(7, "x"))
        for later, good in ((LIFETIME - AGAIN, True), (LIFETIME, False)):
            monkeypatch.setattr(time, "time", lambda: signed_at + later)  # noqa: B023
            assert (AUTH.check(text) is not None) is good
