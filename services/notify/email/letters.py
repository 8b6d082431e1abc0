"""What an e-mail of ours looks like."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape

from services.notify.sending.channels import Message

_PAGE = (
    '<!doctype html>\n<html lang="{locale}">\n<head><meta charset="utf-8"><title>{title}</title>'
    "</head>\n<body>\n{body}\n</body>\n</html>\n"
)


def sender(text: str) -> Address:
    """Read who sends, `Name <user@example.com>` or the address alone; raises `ValueError`."""
    name, address = parseaddr(text)
    user, at, domain = address.partition("@")
    if not (user and at and "." in domain and domain.isascii()):
        raise ValueError("must read Name <user@example.com>")
    return Address(name, user, domain)


def letter(message: Message, by: Address) -> EmailMessage:
    """Write an e-mail: text and the same as HTML. The id is the message's, so repeats have one."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = by
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{message.id}@{by.domain}>"
    mail["Content-Language"] = message.locale
    # RFC 3834: no out-of-office answers, please.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body + "\n", cte="quoted-printable")
    mail.add_alternative(_html(message), subtype="html", cte="quoted-printable")
    return mail


def _html(message: Message) -> str:
    paragraphs = (part.strip() for part in message.body.split("\n\n"))
    body = "\n".join(f"<p>{escape(part)}</p>" for part in paragraphs)
    return _PAGE.format(locale=message.locale, title=escape(message.subject), body=body)
