"""What thinksns accepts as names, numbers, texts, lists and nodes; pure rules, no server."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.thinksns import files, lists, moments, reading, rules, storage
from gateway.dialects.thinksns.checks import Checks, Invalid, Wrong, optional, required
from gateway.errors import BadRequest
from shared.contracts import pictures
from shared.contracts.pictures import Channel

GOOD_NAMES = [
    "小小",
    "小小n",
    "abcd",
    "_1ab",
    "_张三",
    "a" * 24,
    "好" * 12,
    "😀😀",
    "名。字",
    "ñandú",
]
BAD_NAMES = [
    "abc",  # half as wide as it is long: 1.5
    "好",
    "1abc",
    "a" * 25,
    "好" * 12 + "a",
    "a b c d",
    "a-bcd",
    "a.bcd",
    "ab@cd",
    "",
    "ab\u202ecd",
    "ab\x00cd",
]
PHONES = ["18818181818", "8618818181818", "+8618818181818", "08618818181818", "+86-18818181818"]
NO_PHONES = ["1881818181", "188181818188", "12818181818", "28818181818", "+85218818181818", "", "x"]
FOUR_BYTES = ["😀", "𠮷", "\u0800"]
"""An emoji, a rare ideograph, and a character below U+10000 that GB18030 writes with four bytes."""


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_good_user_names(name) -> None:
    """Names of 2 to 12, ASCII counting a half, that begin with no digit are taken as they are."""
    assert rules.user_name(name) == name


@pytest.mark.parametrize("name", BAD_NAMES)
def test_bad_user_names(name) -> None:
    """Too short, too long, a digit first, blanks and signs are refused."""
    with pytest.raises(Wrong):
        rules.user_name(name)


@pytest.mark.parametrize("phone", PHONES)
def test_phones_with_any_prefix_are_one(phone) -> None:
    """A mainland number is one number, however its prefix is written."""
    assert rules.phone(phone) == "+8618818181818"
    assert rules.mobile(phone) == "18818181818"
    assert rules.shown_phone(rules.phone(phone)) == "18818181818"


def test_numbers_of_other_countries() -> None:
    """Somebody may have a number of another country, through another dialect; with its plus."""
    assert rules.known_phone("+85251234567") == "+85251234567"
    assert rules.known_phone("+86-18818181818") == "+8618818181818"
    assert rules.shown_phone("+85251234567") == "+85251234567"
    checks = Checks()
    for bad in ("85251234567", "+8", "+x", "+"):
        checks.of("phone", rules.known_phone, bad)
    with pytest.raises(Invalid) as refused:
        checks.end()
    assert len(refused.value.errors["phone"]) == 4


@pytest.mark.parametrize("phone", NO_PHONES)
def test_no_phones(phone) -> None:
    """Anything but a mainland mobile number is refused."""
    with pytest.raises(Wrong):
        rules.phone(phone)


@pytest.mark.parametrize("most", [24, 32, 160])
@pytest.mark.parametrize("wide", FOUR_BYTES)
def test_trap_5_lengths_in_gb18030(most, wide) -> None:
    """ASCII is 1 byte, Chinese 2, an emoji 4: just as many as fit are taken, and not one more."""
    for text in ("a" * most, "好" * (most // 2), wide * (most // 4)):
        assert rules.gb18030(text, most) == text
        with pytest.raises(Wrong):
            rules.gb18030(f"{text}a", most)


def test_trap_5_a_half_of_a_pair() -> None:
    """An unpaired surrogate, which GB18030 cannot write, is refused."""
    with pytest.raises(Wrong):
        rules.gb18030("\ud83d", 24)


@given(st.text())
def test_gb18030_is_what_it_says(text) -> None:
    """A text is taken if and only if its bytes fit and it can be shown on one line."""
    try:
        rules.gb18030(text, 24)
    except Wrong:
        return
    assert len(text.encode("gb18030")) <= 24
    assert "\n" not in text


@pytest.mark.parametrize(
    ("given_code", "read"), [(12345, "012345"), ("12345", "012345"), ("7", "000007")]
)
def test_trap_9_numeric_codes(given_code, read) -> None:
    """A code as a number, or as one in a query, has its first zeros back."""
    assert rules.code(given_code) == read


@pytest.mark.parametrize("bad", [None, "", "abc", "-12345", "123456789", "12 456", "１２３４５６"])
def test_no_codes(bad) -> None:
    """What cannot be a code is refused before anyone is asked."""
    with pytest.raises(Wrong):
        rules.code(bad)


@pytest.mark.parametrize(("yes", "no"), [(True, False), (1, 0), ("1", "0"), ("true", "false")])
def test_truths(yes, no) -> None:
    """Booleans come as the clients' languages write them."""
    assert rules.truth(yes) is True
    assert rules.truth(no) is False


def test_trap_7_lists() -> None:
    """Limits are brought into their bounds; what is no number counts as absent."""
    assert [lists.limit(text) for text in ("0", "1", "50", "51", "x", "-1", "", None)] == [
        1,
        1,
        50,
        50,
        20,
        20,
        20,
        20,
    ]
    assert [lists.offset(text) for text in ("0", "7", "-7", "x", "9" * 30, None)] == [
        0,
        7,
        0,
        0,
        lists.OFFSET_MOST,
        0,
    ]
    assert lists.user_ids("1,,2,x") == [1, 2]
    assert lists.user_ids(f"{2**63},0,-1,{2**63 - 1}") == [2**63 - 1]
    assert lists.names("a,, b ,a") == ["a", "b"]


@given(st.text())
def test_any_list_parameter(text) -> None:
    """Whatever comes as a number of a list, something in bounds comes out."""
    assert 1 <= lists.limit(text) <= lists.LIMIT_MOST
    assert 0 <= lists.offset(text) <= lists.OFFSET_MOST
    assert all(1 <= one <= lists.ID_MOST for one in lists.user_ids(text))
    assert len(lists.names(text)) <= lists.LIMIT_MOST


def test_trap_2_two_forms_of_moments() -> None:
    """Moments are in UTC; addresses alone have a blank in them."""
    at = datetime(2021, 1, 5, 14, 20, 50, 999_000, tzinfo=timezone(timedelta(hours=8)))

    assert moments.moment(at) == "2021-01-05T06:20:50Z"
    assert moments.address_moment(at) == "2021-01-05 06:20:50"


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=64))
def test_links_of_nodes(name) -> None:
    """The link of a node leads back to its key."""
    node = pictures.node(Channel.PUBLIC, datetime.now(UTC), f"{name}.png")
    config = type("Site", (), {"public_url": "http://site"})()
    link = files.Files(config).url(node)

    assert link.startswith("http://site/storage/public:")
    assert files.key_in_link(link.rpartition("/")[2]) == f"{name}.png"


@given(st.text() | st.text(alphabet="abcXYZ+/_-=:public").map("public:{}".format))
def test_any_link(text) -> None:
    """No last part of a link is an error of ours."""
    key = files.key_in_link(text)
    assert key is None or "/" not in key


@given(st.text() | st.from_regex(r"([whbqx]_[0-9]{0,6},?){0,5}", fullmatch=True))
def test_any_drawing_rule(text) -> None:
    """Whatever is asked of a picture, what is passed on is in bounds."""
    made = storage.drawing(text)
    msgspec.convert({"key": "a.png", **made}, pictures.ReadPicture)
    assert all(value >= 1 for value in made.values())
    assert max(made.get("width", 1), made.get("height", 1)) <= pictures.LONGEST_EDGE


def test_tidied() -> None:
    """Texts are trimmed and empty ones are none, passwords excepted, to a bounded depth."""
    given_body = {"a": " x ", "b": "  ", "password": " p ", "c": {"d": [" y "]}, "old_password": ""}

    assert reading.tidied(given_body) == {
        "a": "x",
        "b": None,
        "password": " p ",
        "c": {"d": ["y"]},
        "old_password": None,
    }
    deep: dict[str, object] = {}
    for _ in range(reading.DEEPEST + 1):
        deep = {"a": deep}
    with pytest.raises(BadRequest):
        reading.tidied(deep)


def test_everything_wrong_is_told_at_once() -> None:
    """All fields that are wrong are told together; the message is the first of them."""
    checks = Checks()
    checks.of("phone", required(rules.phone), None)
    checks.of("email", required(rules.email), "x@")
    checks.of("postcode", optional(rules.postcode), "61000")
    with pytest.raises(Invalid) as refused:
        checks.end()

    assert list(refused.value.errors) == ["phone", "email", "postcode"]
    assert refused.value.message == refused.value.errors["phone"][0]


@given(st.text())
def test_any_text_to_any_rule(text) -> None:
    """A rule gives something or says what is wrong: nothing else comes out of it."""
    checks = Checks()
    for rule in (
        rules.user_name,
        rules.phone,
        rules.mobile,
        rules.email,
        rules.known_address,
        rules.known_phone,
        rules.login,
        rules.new_password,
        rules.known_password,
        rules.code,
        rules.bio,
        rules.location,
        rules.postcode,
        rules.picture,
        rules.truth,
    ):
        checks.of("field", rule, text)
