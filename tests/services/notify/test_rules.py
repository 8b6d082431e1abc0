"""The rules of sending: what is read, what is too late, what may be written down."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.sending import rules
from services.notify.sending.channels import Message, Provider, Receipt, Refused, TryLater
from services.notify.sending.rules import Delivery, Hopeless
from shared.contracts.notify import Send, Status
from shared.errors import Unavailable
from shared.settings import Key
from tests.services.notify.conftest import new_send

NOW = datetime.now(UTC)
MOMENT = timedelta(microseconds=1)
KEY, OTHER_KEY = Key(bytes(range(32))), Key(bytes(range(1, 33)))
ADDRESSES = st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True) | st.from_regex(
    r"[A-Za-z0-9.]{1,20}@[a-z0-9]{1,10}\.(com|cn)", fullmatch=True
)
WORDS = st.text("abcxyz0123456789", min_size=rules.SHORTEST_SECRET, max_size=12)


@given(st.binary())
def test_any_body_is_a_message_or_hopeless(body):
    """No body makes reading fail in another way."""
    try:
        read = rules.read(body)
    except Hopeless:
        return
    assert isinstance(read, Send)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "0" * 31},
        {"channel": "pigeon"},
        {"to": ""},
        {"to": "x" * 513},
        {"template": "../secret"},
        {"parameters": {f"p{'x' * n}": "" for n in range(21)}},
        {"parameters": {"$where": "1"}},
        {"parameters": {"code": "1" * 4097}},
        {"locale": "x" * 36},
        {"expires_at": "2030-01-01T00:00:00"},
        {"user_id": 0},
    ],
)
def test_what_is_not_a_message(wrong):
    """A message with a field out of its bounds is none."""
    with pytest.raises(Hopeless, match="the body is not a message to send"):
        rules.read(msgspec.msgpack.encode(msgspec.to_builtins(new_send()) | wrong))


def test_the_longest_message():
    """A message at all its bounds is read as it was written."""
    send = new_send(
        to="x" * 254,
        parameters={f"p{'x' * n}": "1" * 4096 for n in range(20)},
        locale="x" * 35,
        user_id=2**63 - 1,
    )

    assert rules.read(msgspec.msgpack.encode(send)) == send


def test_a_message_expires_at_its_end():
    """A message is sent until just before its end, and one without an end always."""
    assert not rules.is_expired(new_send(expires_at=NOW + MOMENT), NOW)
    assert rules.is_expired(new_send(expires_at=NOW), NOW)
    assert not rules.is_expired(new_send(expires_at=None), NOW)


@dataclass
class Named:
    """A provider by its name."""

    name: str
    repeatable: bool = False

    async def send(self, message: Message) -> Receipt:
        raise NotImplementedError


def test_how_often_it_may_be_sent():
    """A provider that cannot tell a repeat is asked once more after an unknown outcome, no more."""
    careless: Provider = Named("careless")
    careful: Provider = Named("careful", repeatable=True)
    once = Delivery(id="1", status=Status.WAITING, sequence=7, tries=1, doubts={"careless": 1})
    twice = msgspec.structs.replace(once, tries=9, doubts={"careless": 2, "careful": 9})

    assert rules.worth_a_try([careless, careful], once) == [careless, careful]
    assert rules.worth_a_try([careless, careful], twice) == [careful]
    with pytest.raises(Hopeless, match="may have been sent already: by careless 2 times"):
        rules.worth_a_try([careless], twice)


@pytest.mark.parametrize(
    ("status", "sequence", "finished"),
    [
        (Status.WAITING, 7, False),
        (Status.SENDING, 7, False),
        (Status.FAILED, 7, False),
        (Status.SENT, 7, True),
        (Status.EXPIRED, 7, True),
        (Status.STOPPED, 7, True),
        (Status.WAITING, 8, True),
        (Status.FAILED, 8, True),
    ],
)
def test_when_there_is_nothing_left_to_do(status, sequence, finished):
    """Only the message that a delivery was opened for drives it, until it is sent or expired."""
    delivery = Delivery(id="1", status=status, sequence=7, tries=0)

    assert delivery.is_finished_for(sequence) is finished


def test_a_claim_ends():
    """An attempt is taken to be under way until just before its time is over."""
    delivery = Delivery(id="1", status=Status.SENDING, sequence=7, tries=1, claimed_until=NOW)

    assert delivery.is_claimed(NOW - MOMENT)
    assert not delivery.is_claimed(NOW)


def test_one_mailbox_is_found_by_any_spelling():
    """E-mail ignores case, a registration id does not, and the key decides the hash."""
    assert rules.lookup(KEY, "Ann@Example.COM") == rules.lookup(KEY, "ann@example.com")
    assert rules.lookup(KEY, "RegistrationId") != rules.lookup(KEY, "registrationid")
    assert rules.lookup(KEY, "ann@example.com") != rules.lookup(OTHER_KEY, "ann@example.com")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Hopeless("no provider"), "no provider"),
        (TryLater("busy"), "busy"),
        (Refused("blocked"), "blocked"),
        (Unavailable(), "A part that is needed for this cannot be reached now."),
        (KeyError("+8613912345678"), "KeyError"),
    ],
)
def test_reasons(error, reason):
    """Our own failures are told in their words, of others the kind alone."""
    assert rules.reason_of(error) == reason


@given(st.data())
def test_a_reason_shows_no_address_and_no_value(data):
    """Whatever a reason is made of, its printable form has no address, parameter or long number."""
    to, values = data.draw(ADDRESSES), data.draw(st.lists(WORDS, max_size=4))
    send = new_send(to=to, parameters={f"p{'x' * n}": value for n, value in enumerate(values)})
    parts = st.sampled_from([to, to.lstrip("+"), " 13912345678 ", " said: ", *values])
    reason = "".join(data.draw(st.lists(parts, max_size=12)))

    shown = rules.printable(reason, send)

    assert to not in shown
    assert not any(value in shown for value in values)
    assert not re.search(r"\d{6}", shown)


def test_a_reason_is_cut():
    """A reason is kept whole up to its bound, and cut there."""
    whole = "x" * rules.LONGEST_REASON

    assert rules.printable(whole, new_send()) == whole
    assert rules.printable(whole + "y", new_send()) == whole
