"""Logs: secrets hidden, addresses masked, by type and by shape."""

import json
import subprocess
import sys

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared import session_token
from shared.contract import Address, Message, Secret
from shared.contracts import codes, logins, notify, registration, sessions
from shared.session_token import SessionToken
from shared.settings import Key, KeyRing
from shared.telemetry import logs

KEYS = KeyRing({"k1": Key(bytes(range(32)))})
phones = st.integers(10**6, 10**15 - 1).map(lambda number: f"+{number}")
emails = st.from_regex(
    r"[A-Za-z0-9.!#$%&'+/=?^_`{|}~-]{2,20}@[a-z0-9]{1,10}\.[a-z]{2,5}", fullmatch=True
)
"""Without asterisks, of which masks are made."""
digits = st.from_regex(r"[0-9]{4,8}", fullmatch=True)


def said(value) -> str:
    return json.dumps(logs.redact(value), ensure_ascii=False, default=str)


class Letter(Message):
    """Secrets and addresses, one level down as well."""

    to: Address
    code: Secret | None = None
    copies: tuple[Address, ...] = ()
    parameters: dict[str, Secret] = msgspec.field(default_factory=dict)
    inside: "Letter | None" = None


@given(phones | emails, digits, phones | emails)
def test_a_message_can_be_logged_whole(address, code, copy):
    """Wherever its types say so, secrets are hidden and addresses masked."""
    inner = Letter(to=address, code=code)
    letter = Letter(to=address, copies=(copy,), parameters={"code": code}, inside=inner)

    shown = said({"letter": [letter]})

    assert address not in shown
    assert copy not in shown
    assert f'"{code}"' not in shown
    assert logs.HIDDEN in shown


@given(phones, digits)
def test_messages_of_the_contracts(phone, code):
    """Asking for and sending codes, logging in and registering show none of it."""
    terms = sessions.Terms(dialect="leaf", ip="10.0.0.1")
    for message in (
        codes.CheckCode(address=phone, purpose="x.y", code=code, ip="10.0.0.1"),
        logins.LogIn(login=phone, password=f"pass{code}", terms=terms),
        registration.Register(
            proof=codes.ByToken(token=code, purpose="x.y"), password=f"pass{code}", dialect="leaf"
        ),
        notify.Send(
            id="0" * 32,
            channel=notify.Channel.SMS,
            to=phone,
            template="verification_code",
            parameters={"code": code},
        ),
    ):
        shown = said(message)
        assert phone not in shown
        assert f'"{code}"' not in shown
        assert f"pass{code}" not in shown


@given(st.text(max_size=20), phones.filter(lambda one: len(one) > 8) | emails, st.text(max_size=20))
def test_what_slips_into_text_is_caught_by_its_shape(before, address, after):
    """A phone number or e-mail address in the middle of a text is masked as well."""
    assert address not in logs.redact(f"{before} {address} {after}")


@given(st.integers(1, 2**62), st.uuids(), st.sampled_from(["", "Bearer ", "token=", '"']))
def test_tokens_are_hidden_by_their_shape(user_id, session_id, before):
    """A session token in a text is not shown, whatever it stands behind."""
    token = SessionToken(
        user_id=user_id, session_id=session_id.hex, expires_at=9, epoch=0, dialect="leaf"
    )
    text = session_token.issue(KEYS, token)

    assert text not in logs.redact(f"{before}{text} and more")
    assert text.rpartition(".")[2] not in logs.redact(f"{before}{text} and more")


@given(phones)
def test_a_mask_hides_at_least_four_digits(phone):
    """Of no phone number all digits but three can be read off its mask."""
    masked = logs.mask(phone)

    assert len([c for c in masked if c.isdigit()]) <= len(phone) - 1 - 4


@given(emails)
def test_a_mask_of_an_email_address(email):
    """Its first letter and the domain are left."""
    local, _, domain = email.partition("@")
    assert logs.mask(email) == f"{local[0]}***@{domain}"


@given(st.recursive(st.integers() | st.text() | st.binary() | st.none(), st.lists))
def test_anything_can_be_logged(value):
    """Whatever is logged, redacting does not fail, and bytes are only counted."""
    said(value)
    assert logs.redact(b"secret") == "<6 bytes>"


SCRIPT = """
import logging
from shared.telemetry import logs
logs.configure("tests", "info")
log = logs.logger("part")
log.info("one.line", to="+8613912345678", text="a\\nb")
log.debug("not.this")
logging.getLogger("library").warning("mail to %s", "john.doe@example.com")
try:
    raise ValueError("no place for +8613912345678")
except ValueError:
    log.exception("it.failed")
"""


def test_each_entry_is_one_line_of_json():
    """Line breaks are encoded, libraries' messages and tracebacks are redacted as well."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    entries = [json.loads(line) for line in done.stderr.splitlines()]

    assert [one["event"] for one in entries] == [
        "one.line",
        "mail to j***@example.com",
        "it.failed",
    ]
    assert entries[0]["text"] == "a\nb"
    assert entries[0]["process"] == "tests"
    assert "ValueError" in entries[2]["exception"]
    assert "13912345678" not in done.stderr
    assert "john.doe" not in done.stderr


def test_a_line_is_one_line_to_whoever_shows_it():
    """Line breaks and orders to a terminal, those beyond ASCII as well, are written as numbers."""
    program = (
        "from shared.telemetry import logs; logs.configure('x', 'info');"
        "logs.logger('y').info('z', text='a\\nb\\u2028c\\x85d\\x9b31me\\x1b[0m')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stderr.isascii()
    assert len(done.stderr.splitlines()) == 1
    assert json.loads(done.stderr)["text"] == "a\nb\u2028c\x85d\x9b31me\x1b[0m"
