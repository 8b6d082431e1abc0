"""Phone numbers and e-mail addresses: one form for each, whatever way a client writes them."""

import ipaddress
import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from shared.errors import InvalidAddress

EMAIL_MOST = 254
"""Characters in an e-mail address (RFC 5321, 4.5.3.1.3 less the angle brackets)."""

_CHINA = re.compile(r"^(?:\+?86|086)?(1[3-9][0-9]{9})\Z")
_REGION = re.compile(r"^\+?0{0,2}([1-9][0-9]{0,4})\Z")
_DIGITS = re.compile(r"^[0-9]{4,15}\Z")
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_EMAIL = re.compile(
    r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}\Z"
)


def phone(region: str, number: str) -> str:
    """Give a number as E.164, from a calling code and a national number.

    Of region 86 only mobile numbers are taken, with or without the prefix `+86` or `086`. Of others
    zeros in front are left out, unless they belong to a mobile number (Ivory Coast, Benin).

    >>> phone("86", "13912345678"), phone("+86", "08613912345678")
    ('+8613912345678', '+8613912345678')
    >>> phone("44", "07400123456"), phone("225", "0123456789")
    ('+447400123456', '+2250123456789')
    """
    found = _REGION.match(region)
    if not found:
        raise InvalidAddress()
    if found[1] == "86":
        china = _CHINA.match(number)
        if not china:
            raise InvalidAddress()
        return f"+86{china[1]}"
    if not _DIGITS.match(number):
        raise InvalidAddress()
    parsed = _parsed(f"+{found[1]}{number}")
    if number.startswith("0") and phonenumbers.number_type(parsed) not in _MOBILE:
        parsed = _parsed(f"+{found[1]}{number.lstrip('0')}")
    if not found[1].startswith(str(parsed.country_code)):  # 8 is none, and 6 comes after it
        raise InvalidAddress()
    return _possible(parsed)


def e164(text: str) -> str:
    """Give back a number that is written as E.164 and can exist."""
    return _possible(_parsed(text))


def _parsed(text: str) -> PhoneNumber:
    try:
        return phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise InvalidAddress() from None


def _possible(number: PhoneNumber) -> str:
    if not phonenumbers.is_possible_number(number):
        raise InvalidAddress()
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # Of several zeros that are dialled before a number at home each reading takes one away.
    again = _parsed(written)
    return written if again == number else _possible(again)


def email(text: str) -> str:
    """Give an e-mail address without blanks around it, as it is written."""
    text = unicodedata.normalize("NFC", text.strip())
    if len(text) > EMAIL_MOST or not _EMAIL.match(text) or ".." in text:
        raise InvalidAddress()
    return text


def key(address: str) -> str:
    """Give the form in which two addresses are the same one, or refuse what is no address."""
    return email(address).lower() if "@" in address else e164(address)


def network(ip: str) -> str:
    """Give what limits count as one client: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
