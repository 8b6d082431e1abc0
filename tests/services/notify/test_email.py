"""E-mail through a real SMTP server on loopback: TLS, login, greylisting, silence."""

import asyncio
import ssl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session

from ops import ports
from services.notify.email import smtp as provider
from services.notify.email.letters import letter, sender
from services.notify.email.smtp import CONNECTIONS, Smtp, SmtpSettings
from services.notify.sending.breakers import Guarded
from services.notify.sending.channels import Message, Only, Refused, TryLater
from services.notify.sending.handlers import Sending
from services.notify.templates.catalogue import Catalogue
from shared.contracts.notify import Channel, Status
from tests.services.notify.conftest import new_send
from tests.services.notify.test_retries import Bench, Provider

BY = sender("用户平台 <no-reply@users.example.com>")


def mail(to: str = "ann@example.com", n: int = 1, **fields: Any) -> Message:
    usual: dict[str, Any] = {
        "id": f"{n:032x}",
        "channel": Channel.EMAIL,
        "to": to,
        "template": "verification_code",
        "subject": "您的验证码",
        "body": "您好：\n\n您的验证码是 123456，<5> 分钟内有效。",
        "code": "123456",
        "user_id": None,
        "locale": "zh-CN",
    }
    return Message(**(usual | fields))


class Mailbox:
    """What the server does with mail: keep it, or what `replies` say, one by one."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, list[str], bytes]] = []
        self.sessions: set[Session] = set()
        self.replies: dict[str, list[str]] = {"MAIL": [], "RCPT": [], "DATA": []}
        self.silent = False
        self.hangs_at_reader = False
        self.seconds = 0.0
        self.logins: list[bytes] = []

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.replies["MAIL"]:
            return self.replies["MAIL"].pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.hangs_at_reader:
            await asyncio.sleep(2)
        if self.replies["RCPT"]:
            return self.replies["RCPT"].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.sessions.add(session)
        await asyncio.sleep(2 if self.silent else self.seconds)
        if self.replies["DATA"]:
            return self.replies["DATA"].pop(0)
        assert envelope.mail_from
        assert isinstance(envelope.content, bytes)
        self.kept.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"

    def log_in(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        self.logins.append(data.password)
        return AuthResult(success=data.password == b"right", handled=False)


@contextmanager
def serving(box: Mailbox, **options: Any) -> Iterator[int]:
    port = ports.pick_free(set())
    server = Controller(box, hostname="127.0.0.1", port=port, **options)
    server.start()
    try:
        yield port
    finally:
        server.stop()


@pytest.fixture
def box():
    return Mailbox()


@pytest.fixture
def plain(box):
    """A server without TLS, which every server in front of a mail relay may be."""
    with serving(box) as port:
        yield port


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate authority, its file, and a server's certificate for 127.0.0.1."""
    made = trustme.CA()
    file: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.issue_cert("127.0.0.1").configure_cert(context)
    return str(file), context


def settings(port: int, **fields: Any) -> SmtpSettings:
    usual: dict[str, Any] = {"security": "none", "username": "", "password": "", "sender": BY}
    return SmtpSettings(host="127.0.0.1", port=port, **(usual | fields))


def test_a_letter_has_what_a_reader_s_program_needs():
    """Subject, sender and both forms of the text are there, in any script, safe within HTML."""
    made = message_from_bytes(letter(mail(), BY).as_bytes(), policy=policy.default)

    assert isinstance(made, EmailMessage)
    assert made["From"] == "用户平台 <no-reply@users.example.com>"
    assert (made["To"], made["Subject"]) == ("ann@example.com", "您的验证码")
    assert made["Message-ID"] == f"<{1:032x}@users.example.com>"
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["Date"].datetime.tzinfo is not None
    assert made.get_content_type() == "multipart/alternative"
    text, html = [part.get_content() for part in made.iter_parts()]
    assert text.splitlines() == mail().body.splitlines()
    assert "<p>您的验证码是 123456，&lt;5&gt; 分钟内有效。</p>" in html
    assert all(len(line) <= 998 for line in letter(mail(), BY).as_bytes().splitlines())


@pytest.mark.parametrize("wrong", ["", "nobody", "a@b", "x <x>"])
def test_a_sender_is_an_address(wrong):
    """A sender that is no address stops the start."""
    with pytest.raises(ValueError, match="must read"):
        sender(wrong)


async def test_one_connection_for_many(box, plain):
    """Messages go out whole, one after the other over one connection."""
    smtp = Smtp(settings(plain))

    for n in range(3):
        receipt = await smtp.send(mail(f"r{n}@example.com", n))
        assert receipt.id == f"<{n:032x}@users.example.com>"
    await smtp.close()

    assert [to for _, to, _ in box.kept] == [[f"r{n}@example.com"] for n in range(3)]
    assert box.kept[0][0] == "no-reply@users.example.com"
    assert len(box.sessions) == 1


async def test_no_more_connections_than_a_server_likes(box, plain):
    """Many messages at once share a few connections, and all arrive."""
    smtp = Smtp(settings(plain))

    await asyncio.gather(*(smtp.send(mail(n=n)) for n in range(4 * CONNECTIONS)))
    await smtp.close()

    assert len(box.kept) == 4 * CONNECTIONS
    assert len(box.sessions) <= CONNECTIONS


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # there is TLS, the server does not see it
async def test_more_messages_than_connections(box, plain, js, mongo, monkeypatch, eventually):
    """Who waits for a connection is not taken to be sent: of many at once each arrives, once."""
    monkeypatch.setattr(provider, "TURN_SECONDS", 0.3)
    box.seconds = 0.5
    one = Bench(js, mongo("userhub_notify_retries"), Provider([]), 3.0)
    channels = {Channel.EMAIL: Only(Guarded(Smtp(settings(plain))))}
    one.sending = Sending(one.deliveries, Catalogue(), channels, send_seconds=3.0)
    sends = [
        new_send(channel=Channel.EMAIL, to=f"{n}.{uuid.uuid4().hex}@example.com") for n in range(60)
    ]
    for send in sends:
        await one.publish(send)

    ours = {"_id": {"$in": [send.id for send in sends]}}
    async with one.worker(pauses=(0.1,)):

        async def all_ended():
            open_ones = {"status": {"$in": [Status.WAITING, Status.SENDING]}}
            started = await one.docs.count_documents(ours) == len(sends)
            return started and not await one.docs.count_documents({**ours, **open_ones})

        await eventually(all_ended)

    assert await one.docs.count_documents({**ours, "status": Status.SENT}) == len(sends)
    assert sorted(to for _, [to], _ in box.kept) == sorted(send.to for send in sends)


async def test_a_server_that_hangs_before_the_message(box, plain, monkeypatch):
    """Nothing of the message was said by then: it is certainly not sent."""
    monkeypatch.setattr(provider, "OPEN_SECONDS", 0.2)
    box.hangs_at_reader = True
    with pytest.raises(TryLater):
        await Smtp(settings(plain)).send(mail())
    assert box.kept == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_over_tls_and_with_a_login(box, authority, security):
    """With TLS from the start or by STARTTLS, and a password, a message arrives."""
    ca_file, context = authority
    tls = {"ssl_context": context} if security == "tls" else {"tls_context": context}
    login = {"authenticator": box.log_in, "auth_required": True}
    demand = {"auth_require_tls": False} if security == "tls" else {"require_starttls": True}
    with serving(box, **tls, **login, **demand) as port:
        smtp = Smtp(
            settings(port, security=security, ca_file=ca_file, username="userhub", password="right")
        )
        await smtp.send(mail())
        await smtp.close()
        wrong = Smtp(
            settings(port, security=security, ca_file=ca_file, username="userhub", password="wrong")
        )
        with pytest.raises(TryLater, match="answered 535"):
            await wrong.send(mail())

    assert len(box.kept) == 1
    assert set(box.logins) == {b"right", b"wrong"}


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_server_that_is_not_to_be_trusted(box, authority, plain, security):
    """Without a certificate that we trust, or without TLS at all, nothing is said."""
    _, context = authority
    tls = {"ssl_context": context} if security == "tls" else {"tls_context": context}
    with serving(box, **tls) as port:
        for one in (port, plain):
            with pytest.raises(TryLater, match="cannot be reached"):
                await Smtp(settings(one, security=security)).send(mail())
    assert box.kept == []


@pytest.mark.parametrize(
    ("when", "reply", "kind"),
    [
        ("MAIL", "451 4.3.0 Not now", TryLater),
        ("MAIL", "550 5.7.1 Your network is on a list", TryLater),
        ("RCPT", "451 4.7.1 Greylisted, try again", TryLater),
        ("RCPT", "550 5.1.1 No such user ann@example.com", Refused),
        ("DATA", "452 4.3.1 Disk full", TryLater),
        ("DATA", "554 5.7.1 Not wanted", Refused),
    ],
)
async def test_what_a_reply_means(box, plain, when, reply, kind):
    """Greylisting means later, an unknown reader never; the next message uses the connection."""
    smtp = Smtp(settings(plain))
    box.replies[when].append(reply)

    with pytest.raises(kind, match=f"^answered {reply[:3]}$"):
        await smtp.send(mail())
    await smtp.send(mail(n=2))
    await smtp.close()

    assert len(box.kept) == 1
    if when == "DATA":
        assert len(box.sessions) == 1


async def test_a_server_that_hangs(box, plain):
    """Silence after the message leaves it open whether it was sent; the next is not held up."""
    smtp = Smtp(settings(plain))
    box.silent = True

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await smtp.send(mail())
    box.silent = False
    await smtp.send(mail(n=2))
    await smtp.close()

    assert any(f"{2:032x}".encode() in content for _, _, content in box.kept)


async def test_a_server_that_never_says_hello():
    """Who connects and hears nothing gives up in time, and has sent nothing."""
    done = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await Smtp(settings(port)).send(mail())
    done.set()
    server.close()


async def test_a_server_that_sends_us_away():
    """Who is greeted with 554, as a network on a list is, has not been refused a reader."""

    async def surly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 5.7.1 No mail from your network\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(surly, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(TryLater):
        await Smtp(settings(port)).send(mail())
    server.close()


async def test_a_connection_that_the_server_closed(box):
    """After the server closed a kept connection, the next message takes a new one."""
    with serving(box) as port:
        smtp = Smtp(settings(port))
        await smtp.send(mail())
    again = Controller(box, hostname="127.0.0.1", port=port)
    again.start()
    try:
        await smtp.send(mail(n=2))
    finally:
        again.stop()
    assert len(box.kept) == 2


async def test_a_connection_that_has_carried_enough(box, plain):
    """Where the server takes no more over a kept connection, the message takes a new one."""
    smtp = Smtp(settings(plain))
    await smtp.send(mail())
    box.replies["MAIL"].append("421 4.7.0 Too many messages on this connection")
    await smtp.send(mail(n=2))
    await smtp.close()

    assert (len(box.kept), len(box.sessions)) == (2, 2)


async def test_a_server_that_is_not_there():
    """Without a server nothing was sent, for certain."""
    with pytest.raises(TryLater, match="cannot be reached"):
        await Smtp(settings(ports.pick_free(set()))).send(mail())
