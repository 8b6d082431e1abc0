"""The provider of e-mail: an SMTP server, over connections that are kept and used again."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from typing import Literal

import aiosmtplib
from aiosmtplib.errors import SMTPException, SMTPResponseException

from services.notify.email.letters import letter
from services.notify.sending.channels import Crowded, Message, Receipt, Refused, TryLater

CONNECTIONS = 8
"""Connections at once: public servers allow ten to twenty from one address."""

IDLE_SECONDS = 20.0
"""How long an unused connection is kept: servers close theirs after a minute or more."""

TURN_SECONDS = 3.0
"""How long a message waits for a connection: more come at once than there are connections."""

OPEN_SECONDS = 5.0
"""How long the server may take until it has accepted sender and reader: with the wait for a
connection it leaves time for the message."""

CONNECT_SECONDS = 4.0
"""How long connecting, TLS and login may take of that."""


@dataclass(frozen=True)
class SmtpSettings:
    """The server, how to log in there, and who sends."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    """`tls` from the first byte (port 465), or STARTTLS, which is then demanded (port 587)."""
    username: str
    password: str
    sender: Address
    ca_file: str = ""
    """Certificates to trust beside the system's, for a server in the house."""


class Smtp:
    """Hands e-mail to a server. That has no way to tell a repeat."""

    name, repeatable = "smtp", False

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._tls = None if settings.security == "none" else _trust(settings.ca_file)
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._idle: list[tuple[float, aiosmtplib.SMTP]] = []

    async def send(self, message: Message) -> Receipt:
        """Hand one e-mail over."""
        mail = letter(message, self._settings.sender)
        async with self._turn(), self._connection(message.to) as smtp:
            try:
                await smtp.data(mail.as_bytes())
            except SMTPResponseException as error:
                raise _meaning(error) from None
        return Receipt(mail["Message-ID"])

    async def close(self) -> None:
        """Close the connections."""
        while self._idle:
            _, smtp = self._idle.pop()
            with contextlib.suppress(SMTPException, OSError):
                await smtp.quit()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for one of the connections; whoever does so in vain has said nothing to a server."""
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._turns.acquire()
        except TimeoutError:
            raise Crowded("all connections are in use") from None
        try:
            yield
        finally:
            self._turns.release()

    @asynccontextmanager
    async def _connection(self, to: str) -> AsyncIterator[aiosmtplib.SMTP]:
        """Give a connection on which the server has accepted sender and reader."""
        smtp = await self._opened(to)
        try:
            yield smtp
        except (Refused, TryLater):
            self._put_back(smtp)
            raise
        except BaseException:
            smtp.close()  # what it would say next belongs to this message
            raise
        self._put_back(smtp)

    async def _opened(self, to: str) -> aiosmtplib.SMTP:
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                return await self._ready(to)
        except SMTPResponseException as error:
            # Also 5xx: it is about us, before any reader was named.
            raise TryLater(f"answered {error.code}") from None
        except (SMTPException, OSError, TimeoutError) as error:
            # Nothing of the message was said yet.
            raise TryLater(f"cannot be reached: {type(error).__name__}") from None

    async def _ready(self, to: str) -> aiosmtplib.SMTP:
        while smtp := self._take_idle():
            try:
                await self._envelope(smtp, to)
            except (SMTPException, OSError):
                smtp.close()  # the server has closed it meanwhile, or takes no more over it
            else:
                return smtp
        smtp = await self._connected()
        await self._envelope(smtp, to)
        return smtp

    async def _envelope(self, smtp: aiosmtplib.SMTP, to: str) -> None:
        try:
            await smtp.mail(self._settings.sender.addr_spec)
            try:
                await smtp.rcpt(to)
            except SMTPResponseException as error:
                with contextlib.suppress(SMTPException, OSError):
                    await smtp.rset()
                    self._put_back(smtp)
                raise _meaning(error) from None
        except (TryLater, Refused):
            raise
        except BaseException:
            smtp.close()
            raise

    async def _connected(self) -> aiosmtplib.SMTP:
        smtp = self._new()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await smtp.connect()
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _new(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=self._tls,
            username=settings.username or None,
            password=settings.password or None,
            timeout=None,  # who sends has a clock of his own
        )

    def _take_idle(self) -> aiosmtplib.SMTP | None:
        while self._idle:
            since, smtp = self._idle.pop()
            if smtp.is_connected and time.monotonic() - since < IDLE_SECONDS:
                return smtp
            smtp.close()
        return None

    def _put_back(self, smtp: aiosmtplib.SMTP) -> None:
        if smtp.is_connected and all(smtp is not one for _, one in self._idle):
            self._idle.append((time.monotonic(), smtp))


def _meaning(error: SMTPResponseException) -> Exception:
    """Say what a reply means (RFC 5321, 4.2.1): 4xx is not now, 5xx about the reader is never."""
    if error.code in (550, 551, 552, 553, 554):
        return Refused(f"answered {error.code}")
    return TryLater(f"answered {error.code}")


def _trust(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
