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
    ],
)
def test_usernames_that_look_the_same_are_one(one, other):
    """Case, width and composition do not make another username."""
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


@given(st.sampled_from(["+8613912345678", "a@example.com"]), st.integers(0, 600))
def test_limits_of_sending(address, cooldown):
    """A code counts against its address by hour and day, the network, and a cooldown if any."""
    limits = codes.sending_limits("h", address, "x.y", "10.0.0.1", cooldown, 1.0)
    by_seconds = {(one.most, one.seconds) for one in limits}

    expected = {(10, 3600), (20, 86400), (100, 3600)}
    if address[0] == "+":  # an SMS also counts against what all of them may cost
        expected = {(5, 3600), (10, 86400), (100, 3600), (codes.SMS_BUDGET, 86400)}
    assert by_seconds == expected | ({(1, cooldown)} if cooldown else set())
    assert len(limits) == len(by_seconds)
    assert all(address not in one.key for one in limits)


@given(st.integers(1, 1000))
def test_how_many_codes_an_email_address_gets_is_a_setting(hour):
    """EMAIL_CODES_HOUR is what an e-mail address gets in an hour, twice as many in a day."""
    email = codes.sending_limits("h", "a@example.com", "x.y", "10.0.0.1", 0, 1.0, hour)
    phone = codes.sending_limits("h", "+8613912345678", "x.y", "10.0.0.1", 0, 1.0, hour)

    assert [one.most for one in email[:2]] == [hour, 2 * hour]
    assert [one.most for one in phone[:2]] == [codes.SMS_HOUR, codes.SMS_DAY]


@given(st.floats(0.001, 10_000))
def test_the_scale_moves_limits_of_networks_alone(scale):
    """USERHUB_LIMIT_SCALE changes what a network may, and leaves what an address may."""
    plain = codes.sending_limits("h", "a@example.com", "x.y", "10.0.0.1", 60, 1.0)
    scaled = codes.sending_limits("h", "a@example.com", "x.y", "10.0.0.1", 60, scale)

    assert [one.most for one in scaled[:3]] == [one.most for one in plain[:3]]
    assert scaled[3].most == max(1, int(100 * scale))
    assert codes.checking_limits("10.0.0.1", scale)[0].most == max(1, int(300 * scale))


@given(LETTERS.filter(lambda text: len(text.encode()) >= passwords.LEAST))
def test_a_long_enough_password_is_accepted_unless_known(text):
    """Any characters will do, if the password is neither much used nor a name."""
    if text in passwords.common_passwords() or text.casefold() in ("userhub", "sealtalk"):
        with pytest.raises(WeakPassword):
            passwords.check_new(text)
    else:
        passwords.check_new(text)


@given(LETTERS.filter(lambda text: len(text.encode()) < passwords.LEAST))
def test_a_short_password_is_refused(text):
    """Fewer than six bytes are refused, counted as they are sent."""
    with pytest.raises(WeakPassword):
        passwords.check_new(text)


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
    ],
)
def test_a_password_that_says_who_its_owner_is(password):
    """The product's names, the username and the phone number in its usual forms are refused."""
    with pytest.raises(WeakPassword):
        passwords.check_new(password, about=("tomcat_1", "+8613912345678"))


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
