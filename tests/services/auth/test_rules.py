"""Rules of names, passwords, codes and captchas."""

import unicodedata
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.auth.accounts import rules as names
from services.auth.captchas import picture
from services.auth.codes import rules as codes
from services.auth.fraud import limits
from services.auth.fraud.attempts import Attempt
from services.auth.fraud.rules import Prices, Reason
from services.auth.passwords import rules as passwords
from shared.contracts.passwords import WeakPassword

LETTERS = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)


@given(LETTERS)
def test_one_username_has_one_form(text):
    """However a username is composed, its form is the same, and the form of the form is itself."""
    form = names.username_key(text)

    assert names.username_key(form) == form
    for way in ("NFC", "NFD", "NFKC", "NFKD"):
        assert names.username_key(unicodedata.normalize(way, text)) == form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tom", "tOM"),
        ("STRASSE", "straße"),
        ("Ｔｏｍ", "tom"),
        ("ΐ", "ΐ".upper()),
        ("Éa", "e\u0301A"),
        ("Tom", "Tom\u200b"),
        ("Tom", "T\u00ado\u2060m"),
        ("Tom", "\u3164Tom\U000e0041"),
        ("é", "e\u034f\u0301"),
        ("👩‍🚀", "👩🚀"),
        ("❤\ufe0f", "❤"),
    ],
)
def test_usernames_that_look_the_same_are_one(one, other):
    """Case, width, composition and what shows nothing do not make another username."""
    assert names.username_key(one) == names.username_key(other)


@given(LETTERS)
def test_a_username_made_of_a_nickname(text):
    """It is never empty, not too long, and has letters, digits and underscores alone."""
    made = names.username_from(text)

    assert 1 <= len(made) <= names.USERNAME_MOST
    assert all(c.isalnum() or c == "_" for c in made)


@given(LETTERS)
def test_a_username_with_a_suffix(text):
    """It is another one than before, begins like it and stays within the contract's 64 letters."""
    made = names.with_suffix(text)

    assert made != text
    assert made.startswith(text[: names.USERNAME_MOST])
    assert len(made) <= names.USERNAME_MOST + 6


@given(st.integers(4, 8))
def test_a_code_is_so_many_digits(digits):
    """A code has as many digits as asked for, leading zeros included."""
    code = codes.draw(digits)

    assert len(code) == digits
    assert code.isascii()
    assert code.isdigit()


def test_codes_differ_and_use_every_digit():
    """Of a thousand codes hardly two are the same, and each digit comes at each place."""
    drawn = [codes.draw(6) for _ in range(1000)]

    assert len(set(drawn)) > 980
    for place in range(6):
        assert {code[place] for code in drawn} == set("0123456789")


PHONE, EMAIL = "+8613912345678", "a@example.com"


def sending(
    address,
    cooldown=0,
    owner=None,
    scale=1.0,
    hour=limits.EMAIL_HOUR,
    device="",
    caller=None,
    by_owner=True,
):
    """What a code counts against: numbers and seconds by reason."""
    attempt = Attempt(address, "x.y", "10.0.0.1", cooldown, device, caller)
    counted = limits.SendingLimits(lambda *_: "h", scale, hour).of(
        attempt, owner, by_owner=by_owner
    )
    assert all(address not in one.key and not (device and device in one.key) for one in counted)
    assert len({one.key for one in counted}) == len(counted)
    found: dict[Reason, set[tuple[int, float]]] = {}
    for one in counted:
        found.setdefault(one.reason, set()).add((one.most, one.seconds))
    return found


@given(st.sampled_from([PHONE, EMAIL]), st.integers(0, 600))
def test_limits_of_sending(address, cooldown):
    """A code counts against its address by hour and day, the network, and a cooldown if any."""
    expected = {
        Reason.ADDRESS_LIMIT: {(10, 3600), (20, 86400)},
        Reason.NETWORK_LIMIT: {(100, 3600)},
    }
    if address == PHONE:
        expected[Reason.ADDRESS_LIMIT] = {(5, 3600), (10, 86400)}
    if cooldown:
        expected[Reason.COOLDOWN] = {(1, cooldown)}
    assert sending(address, cooldown) == expected


@given(st.integers(1, 1000))
def test_how_many_codes_an_email_address_gets_is_a_setting(hour):
    """EMAIL_CODES_HOUR is what an e-mail address gets in an hour, twice as many in a day.

    An account gets no fewer, and ten an hour and twenty a day in any case.
    """
    email, phone = (sending(one, owner=1, hour=hour) for one in (EMAIL, PHONE))
    account = {(max(10, hour), 3600), (max(20, 2 * hour), 86400)}

    assert email[Reason.ADDRESS_LIMIT] == {(hour, 3600), (2 * hour, 86400)}
    assert phone[Reason.ADDRESS_LIMIT] == {(5, 3600), (10, 86400)}
    assert email[Reason.ACCOUNT_LIMIT] == phone[Reason.ACCOUNT_LIMIT] == account


@given(st.integers(2, 1000))
def test_strangers_leave_a_part_to_owners(most):
    """Of two codes or more strangers cannot ask for all, and get at least half."""
    part = limits.strangers_part(most)

    assert most / 2 <= part < most
    assert most - part >= most / limits.KEPT_FOR_OWNERS
    assert part <= limits.strangers_part(most + 1)


@given(st.sampled_from([PHONE, EMAIL]), st.integers(1, 1000))
def test_what_strangers_count_against(address, hour):
    """Beside what everybody counts against, strangers count against parts of it.

    Where nobody has the address there is nobody to leave a part to. An account's part is no
    smaller than an address's.
    """
    owner, stranger, nobodys = (
        sending(address, owner=whose, hour=hour, by_owner=by_owner)
        for whose, by_owner in ((1, True), (1, False), (None, False))
    )
    parts = {
        reason: {(limits.strangers_part(most), seconds) for most, seconds in owner[reason]}
        for reason in (Reason.ADDRESS_LIMIT, Reason.ACCOUNT_LIMIT)
    }

    assert stranger == owner | {reason: owner[reason] | part for reason, part in parts.items()}
    assert nobodys[Reason.ADDRESS_LIMIT] == owner[Reason.ADDRESS_LIMIT]
    of_address, of_account = ({s: most for most, s in part} for part in parts.values())
    assert all(of_account[seconds] >= of_address[seconds] for seconds in of_address)


def test_who_is_logged_in_is_no_stranger_to_their_own_account():
    """What somebody asks for to a new address counts against the whole of their account's limit."""
    new, others = (sending(PHONE, owner=one, caller=2, by_owner=False) for one in (None, 1))

    assert new[Reason.ACCOUNT_LIMIT] == {(10, 3600), (20, 86400)}
    assert others[Reason.ACCOUNT_LIMIT] == {(10, 3600), (20, 86400), (8, 3600), (16, 86400)}


@given(st.floats(0.001, 10_000))
def test_the_scale_moves_limits_of_networks_alone(scale):
    """USERHUB_LIMIT_SCALE changes what a network may, and leaves what an address may."""
    plain, scaled = (sending(EMAIL, 60, 1, one, device="d" * 16) for one in (1.0, scale))

    assert scaled.pop(Reason.NETWORK_LIMIT) == {(max(1, int(100 * scale)), 3600)}
    assert scaled == {name: one for name, one in plain.items() if name != Reason.NETWORK_LIMIT}
    assert codes.checking_limits("10.0.0.1", scale)[0].most == max(1, int(300 * scale))


@pytest.mark.parametrize("device", ["", "web", "d" * 15, "Mozilla/5.0 (X11; Linux x86_64)"])
def test_what_names_no_device(device):
    """A short word, or a text that many send alike, is no device to count by."""
    assert Reason.DEVICE_LIMIT not in sending(PHONE, device=device)
    assert sending(PHONE, device="d" * 16)[Reason.DEVICE_LIMIT] == {(10, 3600), (20, 86400)}


@pytest.mark.parametrize(
    "text", ["", "CN=0.045", "*=", "*=-1", "*=x", "*=NaN", "XX=1,*=1", "*=0.0001"]
)
def test_prices_that_cannot_be_read(text):
    """Each country has one price, those not named have that of `*`, and none is rounded."""
    with pytest.raises(ValueError, match="must"):
        Prices.parse(text)


@given(LETTERS.filter(lambda text: len(text.encode()) >= passwords.LEAST))
def test_a_long_enough_password_is_accepted_unless_known(text):
    """Any characters will do, if the password is neither much used nor a name."""
    if text in passwords.common_passwords() or text.casefold() in (
        "userhub",
        "sealtalk",
        "thinksns",
    ):
        with pytest.raises(WeakPassword):
            passwords.check_new(text)
    else:
        passwords.check_new(text)


@given(LETTERS.filter(lambda text: len(text.encode()) < passwords.LEAST))
def test_a_short_password_is_refused(text):
    """Fewer than six bytes are refused, counted as they are sent."""
    with pytest.raises(WeakPassword):
        passwords.check_new(text)


def test_both_sides_of_an_administrators_shortest_password():
    """Fifteen characters pass, fourteen do not, however many bytes they are."""
    passwords.check_new("密" * 15, administrator=True)
    passwords.check_new("zq1x7v", administrator=False)
    with pytest.raises(WeakPassword):
        passwords.check_new("密" * 14, administrator=True)


def test_both_sides_of_the_shortest_password():
    """Six bytes pass, five do not, however many characters they are."""
    for enough in ("zq1x7v", "密码"):
        passwords.check_new(enough)
    for short in ("zq1x7", "密ab"):
        with pytest.raises(WeakPassword):
            passwords.check_new(short)


@given(LETTERS)
def test_a_password_has_one_form(text):
    """However it is typed, the same password is hashed; case is kept."""
    assert passwords.normal(unicodedata.normalize("NFD", text)) == passwords.normal(text)
    assert passwords.normal("Abc") != passwords.normal("abc")


def test_much_used_passwords_are_refused():
    """Each of the 3,000 passwords that others try first is refused."""
    common = passwords.common_passwords()

    assert len(common) == passwords.COMMON
    for password in common:
        with pytest.raises(WeakPassword):
            passwords.check_new(password)


@pytest.mark.parametrize(
    "password",
    [
        "userhub",
        "SealTalk",
        "tomcat_1",
        "TOMCAT_1",
        "+8613912345678",
        "8613912345678",
        "13912345678",
        "ThinkSNS",
        "tom.cat",
        "tom.cat@example.com",
    ],
)
def test_a_password_that_says_who_its_owner_is(password):
    """The product's names, the username, phone number and e-mail address are refused."""
    about = ("tomcat_1", "+8613912345678", "tom.cat@example.com")
    with pytest.raises(WeakPassword):
        passwords.check_new(password, about=about)


@given(
    st.text(alphabet=picture.CHARACTERS, min_size=4, max_size=4), st.sampled_from([" ", "\t", ""])
)
def test_captchas_are_read_as_people_write(text, blank):
    """Case and blanks do not matter, characters do."""
    assert picture.reading(blank.join(text.lower()) + blank) == text
    assert picture.reading(text + "A") != text


def test_a_captcha_is_a_picture():
    """A PNG of the documented size; no two show the same, none has characters that look alike."""
    drawn = [picture.draw() for _ in range(20)]

    for text, png in drawn:
        assert Image.open(BytesIO(png)).size == (picture.WIDTH, picture.HEIGHT)
        assert len(text) == picture.LENGTH
        assert not set(text) & set("0O1I")
    assert len({text for text, _ in drawn}) > 15
