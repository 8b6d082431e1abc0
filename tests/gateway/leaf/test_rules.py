"""What leaf's parameters may look like, and how its values are written."""

import re
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.dialects.leaf import rules, views
from gateway.dialects.leaf.envelope import Refused
from gateway.dialects.leaf.reading import in_any_case
from shared import addresses
from shared.contracts.accounts import Role


def refusal(rule, *given):
    """The code and the words with which a rule refuses."""
    with pytest.raises(Refused) as caught:
        rule(*given)
    return caught.value.word.number, caught.value.word.text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("12345@qq.com", "1****5@qq.com"),
        ("123@qq.com", "1****3@qq.com"),
        ("12@qq.com", "****2@qq.com"),
        ("1@qq.com", "****@qq.com"),
        ("john.doe@x.com", "j****e@x.com"),
        ("john.d@x.com", "j****d@x.com"),
        ("a+b@x.com", "a****b@x.com"),
        ("abc@a-b.com", "a****c@a-b.com"),
        ("abc@foo.163.com", "a****c@foo.163.com"),
        ("abc@X.COM", "a****c@X.COM"),
        (None, ""),
    ],
)
def test_masked_addresses(address, shown):
    """Every e-mail address is masked, with four stars, whatever its form."""
    assert rules.masked(address) == shown


@given(st.emails())
def test_a_mask_hides(address):
    """What is masked tells at most two letters of the local part, and is never taken for one."""
    shown = rules.masked(address)
    local, _, domain = address.rpartition("@")

    assert shown.endswith(f"@{domain}")
    assert re.fullmatch(r".?\*{4}.?", shown.rpartition("@")[0], re.DOTALL)
    assert len(local) > 2 or shown[0] == "*"
    assert refusal(rules.plain_email, shown) == (4010, "邮箱格式错误")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1970-1-1", date(1970, 1, 1)),
        ("1970-01-01", date(1970, 1, 1)),
        ("2000-2-29", date(2000, 2, 29)),
        ("1970-01-01T08:00:00+08:00", date(1970, 1, 1)),
        ("1970-01-01T00:00:00+08:00", date(1970, 1, 1)),
        ("2023-01-17T18:31:32.309+08:00", date(2023, 1, 17)),
        ("2023-01-17T16:00:00Z", date(2023, 1, 18)),
        ("2023-01-17T15:59:59.999Z", date(2023, 1, 17)),
    ],
)
def test_birthdays(text, day):
    """A birthday is a day with or without zeros, or a moment as the server itself writes it."""
    assert rules.birthday(text) == day


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "1970", "1970-1", "1970-13-1", "2001-2-29", "0-1-1", "70-1-1", "1970/1/1"),
        *(
            "1970-1-1 ",
            "1970-01-01T08:00:00",
            "20230117T183132+08:00x",
            "0001-01-01T00:00:00+23:59",
        ),
        *("9999-12-31T23:59:59-23:59", "１９７０-1-1", "1970-1-1\n", "-1970-1-1"),
    ],
)
def test_what_is_no_birthday(text):
    """Anything else is refused instead of being stored as 1970."""
    assert refusal(rules.birthday, text) == (4010, "请求参数有误")


@given(st.dates())
def test_birthdays_come_back(day):
    """The day that is shown is the day that is understood when it is sent back."""
    assert rules.birthday(rules.midnight(day)) == day


@given(st.datetimes(timezones=st.just(UTC)))
def test_moments(at):
    """A moment is RFC 3339 in Shanghai's zone, exact to the millisecond, without idle zeros."""
    assume(2 <= at.year <= 9998)
    text = rules.moment(at)

    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,2}[1-9])?\+08:00"
    assert re.fullmatch(pattern, text)
    assert abs(datetime.fromisoformat(text) - at) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("number", "size", "page"),
    [
        *((None, None, (1, 15)), ("2", "30", (2, 30)), ("3", "1", (3, 1))),
        *(("0", "0", (1, 15)), ("-1", "-5", (1, 15)), ("x", "x", (1, 15)), ("", "", (1, 15))),
        *(("1.5", "1e3", (1, 15)), ("9" * 20, "6", (10**6, 6)), ("\u0661", "\u0663", (1, 15))),
    ],
)
def test_w11_pages(number, size, page):
    """W11: no page size, however strange, gives more than 30 rows."""
    assert rules.page(number, size) == page


@pytest.mark.parametrize("size", ["31", "1000", "9" * 25])
def test_w11_pages_that_are_too_large(size):
    """W11: more than 30 rows are refused and not cut."""
    assert refusal(rules.page, "1", size) == (4050, "请求数量过多")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "x", "x@", "@x.com", "x@y", "a@b.com,c@d.com", "a b@x.com", "<a@x.com>"),
        *("to a@x.com", "a@x.com cc", "a@x.com\nb", "a..b@x.com", "é@x.com", f"{'x' * 65}@x.com"),
        f"{'x' * 60}@{'y' * 60}.{'y' * 63}.{'y' * 63}.com.org",
    ],
)
def test_w6_the_whole_text_is_the_address(text):
    """W6: an e-mail address stands alone; nothing may come before or after it."""
    assert refusal(rules.email, text) == (4010, "邮箱格式错误")


@pytest.mark.parametrize("text", ["A@x.com", " a@X.com", "a@x.com ", "\ta@x.COM\n"])
def test_w6_spellings(text):
    """W6: blanks around it and capitals make no other address of it."""
    assert addresses.key(rules.email(text)) == "a@x.com"


def test_w9_a_plus_in_a_url():
    """W9: clients do not encode what they put into a URL; the plus arrives as a blank."""
    assert rules.email_in_query("tom tag@example.com") == "tom+tag@example.com"
    assert rules.email_in_query(" tom tag@example.com ", None) == "tom+tag@example.com"


def test_two_names_of_one_parameter():
    """`eamil` and `email` may both be given if they agree."""
    assert rules.email_in_query("a@x.com", None) == "a@x.com"
    assert rules.email_in_query("a@x.com", "a@x.com") == "a@x.com"
    assert refusal(rules.email_in_query, "a@x.com", "b@x.com") == (4010, "请求参数有误")
    assert refusal(rules.email_in_query, None, None) == (4010, "邮箱格式错误")


@pytest.mark.parametrize("text", ["", "123", "12345", "abcd", "１２３４", "123\n", " 1234"])
def test_w1_only_four_digits_are_a_code(text):
    """W1: nothing, or anything but four digits, is not a code."""
    assert refusal(rules.code, text) == (4010, "邮箱验证码错误")


def test_passwords():
    """A password has 6 bytes at least and 1,024 characters at most."""
    assert rules.new_password("123456") == "123456"
    assert rules.new_password("密码") == "密码"
    assert rules.new_password("x" * 1024)
    assert refusal(rules.new_password, "12345") == (4010, "密码长度至少6位")
    assert refusal(rules.new_password, "x" * 1025) == (4010, "密码过长")


def test_w10_lengths():
    """W10: a name of more than 30 characters or a sign of more than 50 is refused, not dropped."""
    assert rules.name("x" * 30)
    assert rules.name("a b")
    assert rules.sign("x" * 50)
    assert refusal(rules.name, "x" * 31) == (4010, "用户名不可用")
    assert refusal(rules.name, "") == (4010, "用户名不能为空")
    assert refusal(rules.sign, "x" * 51) == (4010, "请求参数有误")


@pytest.mark.parametrize("text", [" ", " x", "x ", "a\nb", "\u202ex", "\u3164"])
def test_names_that_cannot_be_shown(text):
    """A name is one line that can be seen."""
    assert refusal(rules.name, text) == (4010, "用户名不可用")


def test_roles():
    """There are four roles, and to leave the role out is not to ask for the lowest."""
    assert [rules.role(number) for number in range(4)] == list(Role)
    for number in (None, -1, 4):
        assert refusal(rules.role, number) == (4010, "无效的角色")


def test_w23_no_id():
    """W23: 0, which a missing id reads as, is nobody's id."""
    assert refusal(rules.user_id, 0) == (4010, "请求参数有误")


@pytest.mark.parametrize("text", [None, "", "0", "-1", "x", "1x", "1.0", str(2**63)])
def test_ids_of_nobody(text):
    """In a URL, what is no id is nobody's."""
    assert refusal(rules.person, text) == (4040, "用户不存在")


def test_new_names():
    """A name that we make can be shown, is short and is another one each time."""
    names = {rules.new_name() for _ in range(100)}

    assert all(rules.name(name) == name and len(name) <= 21 for name in names)
    assert len(names) > 90
    assert all(re.fullmatch("user_[0-9a-z]{12,16}", name) for name in names)


@given(st.dictionaries(st.sampled_from(["email", "EMAIL", "Email", "x", "eMaIl"]), st.just("a@x")))
def test_keys_in_any_case(body):
    """JSON keys match whatever their case, and keys that nobody knows are passed over."""
    known = any(key != "x" for key in body)

    assert in_any_case(body, views.Email) == views.Email("a@x" if known else "")


@pytest.mark.parametrize("body", [{"id": "1"}, {"id": -1}, {"id": 1.5}, {"id": 2**63}, [], "x", 1])
def test_values_of_another_type(body):
    """A text is no number in JSON, a negative number is no id, and a list is no object."""
    with pytest.raises(msgspec.ValidationError):
        in_any_case(body, views.Id)


def test_nothing_is_a_default():
    """`null` stands for what was left out."""
    assert in_any_case(None, views.Id) == in_any_case({"id": None}, views.Id) == views.Id(0)
    assert in_any_case({"id": "7"}, views.Id, strict=False) == views.Id(7)
