"""Phone numbers, e-mail addresses and networks: one form for each."""

import contextlib
import ipaddress

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared import addresses
from shared.errors import InvalidAddress

mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
emails = st.builds(
    "{}@{}.{}".format,
    st.from_regex(r"[A-Za-z0-9_+-]{1,64}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,20}[A-Za-z0-9])?", fullmatch=True),
    st.from_regex(r"[A-Za-z]{2,10}", fullmatch=True),
)


@given(
    mobiles,
    st.sampled_from(["86", "+86", "0086", "086"]),
    st.sampled_from(["", "+86", "086", "86"]),
)
def test_a_chinese_mobile_number_is_one_however_written(number, region, prefix):
    """Whatever prefixes a client puts before region and number, it is one E.164 number."""
    assert addresses.phone(region, prefix + number) == f"+86{number}"


@given(st.text(max_size=8), st.text(max_size=20))
def test_a_phone_number_is_refused_or_in_its_form(region, number):
    """Any text gives an E.164 number that is its own form, or the one refusal."""
    try:
        found = addresses.phone(region, number)
    except InvalidAddress:
        return
    assert found[0] == "+"
    assert found[1:].isascii()
    assert found[1:].isdigit()
    assert addresses.e164(found) == found == addresses.key(found)


@pytest.mark.parametrize(
    ("region", "number"),
    [
        ("86", "12912345678"),
        ("86", "1391234567"),
        ("86", "139123456789"),
        ("86", "13912345678 "),
        ("86", "0139123456789"),
        ("", "13912345678"),
        ("abc", "13912345678"),
        ("٨٦", "13912345678"),
        ("1", "123"),
        ("999", "12345678"),
        ("1", "20255501234567"),
        ("86", "13912345678\n"),
        ("86\n", "13912345678"),
        ("8", "613912345678"),
        ("2", "01001234567"),
    ],
)
def test_what_is_no_phone_number(region, number):
    """Too short, too long, of no country, no mobile number in China, with other characters."""
    with pytest.raises(InvalidAddress):
        addresses.phone(region, number)


@pytest.mark.parametrize("zeros", ["", "0", "00", "000"])
@pytest.mark.parametrize("number", ["+4915112345678", "+436641234567", "+8613912345678"])
def test_a_number_is_one_however_many_zeros_it_has(number, zeros):
    """Zeros before the national number, of which each reading takes one away, make no other one."""
    country, rest = number[:3], number[3:]
    with contextlib.suppress(InvalidAddress):  # where there are too many for any number
        assert addresses.phone(country + zeros, rest) == number
        assert addresses.key(country + zeros + rest) == number


def test_other_countries():
    """A national number loses the digits that are dialled before it at home."""
    assert addresses.phone("44", "07400123456") == "+447400123456"
    assert addresses.phone("36", "06201234567") == "+36201234567"
    assert addresses.phone("34", "0612345678") == "+34612345678"
    assert addresses.phone("39", "03123456789") == "+393123456789"
    assert addresses.phone("+1", "2025550123") == "+12025550123"
    assert addresses.phone("1242", "3591234") == "+12423591234"


@pytest.mark.parametrize("country", sorted(phonenumbers.SUPPORTED_REGIONS - {"TA"}))
def test_mobile_numbers_of_every_country(country):
    """Each is taken as it is without its calling code, zeros that belong to it kept.

    Of Tristan da Cunha (TA) no mobile number is known.
    """
    mobile = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    assert mobile
    number = phonenumbers.national_significant_number(mobile)

    found = addresses.phone(str(mobile.country_code), number)

    assert found == f"+{mobile.country_code}{number}" == addresses.key(found)


@given(emails)
def test_an_email_address_is_compared_without_case(email):
    """It is kept as written, without blanks around it, and is the same one in any case."""
    assert addresses.email(f"  {email}\t") == email
    assert addresses.key(email) == addresses.key(email.swapcase()) == email.lower()


@given(st.text(max_size=300))
def test_an_address_is_refused_or_in_its_form(text):
    """Any text is refused in the one way or has a form that is its own form."""
    try:
        form = addresses.key(text)
    except InvalidAddress:
        return
    assert addresses.key(form) == form
    assert form.isascii()


@pytest.mark.parametrize(
    "text",
    [
        "@",
        "a@b",
        "a@@b.co",
        "a b@c.de",
        "a@b..de",
        "a..b@c.de",
        "a@-b.de",
        "a@b.d",
        "a@b.de\nBcc: x@y.z",
        "ä@b.de",
        "a@bü.de",
        '"a b"@c.de',
        "a@[127.0.0.1]",
        "a" * 65 + "@b.de",
        "a@b.de@c.de",
    ],
)
def test_what_is_no_email_address(text):
    """Nothing that a mail server could read as something else."""
    with pytest.raises(InvalidAddress):
        addresses.email(text)


def test_both_sides_of_the_longest_email_address():
    """254 characters are taken, one more is not."""
    domain = ".".join(["d" * 62] * 3)
    longest = "a" * (addresses.EMAIL_MOST - len(domain) - 4) + f"@{domain}.de"
    assert len(longest) == 254

    assert addresses.email(longest) == longest
    with pytest.raises(InvalidAddress):
        addresses.email(f"a{longest}")


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_a_network(ip):
    """Each counts for itself, also when it is written as IPv6."""
    assert addresses.network(str(ip)) == str(ip)
    assert addresses.network(f"::ffff:{ip}") == str(ip)


@given(st.integers(1, 2**128 - 1).map(ipaddress.IPv6Address), st.integers(0, 2**64 - 1))
def test_an_ipv6_network_is_one_client(ip, host):
    """All addresses of a /64 count as one, those of the next /64 as another."""
    prefix = int(ip) >> 64 << 64
    same = ipaddress.IPv6Address(prefix | host)
    other = ipaddress.IPv6Address((prefix + 2**64) % 2**128 | host)

    assume(not (ip.ipv4_mapped or same.ipv4_mapped or other.ipv4_mapped))
    assert addresses.network(str(same)) == addresses.network(str(ip))
    assert addresses.network(str(other)) != addresses.network(str(ip))


@given(st.text(max_size=45))
def test_any_text_is_some_network(text):
    """What is no address counts as one unknown client, never as an error."""
    assert addresses.network(text)
