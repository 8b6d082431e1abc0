"""Profiles through the sealtalk dialect."""

import asyncio

import phonenumbers
import pytest

from gateway.dialects.sealtalk import rules
from gateway.dialects.sealtalk.profiles import FINDS_HOUR
from shared.contracts import accounts, profile
from tests.gateway.sealtalk import expect
from tests.gateway.sealtalk.test_accounts import BAD_NICKNAMES, GOOD_NICKNAMES
from tests.gateway.sealtalk.test_codes import SAME_PHONE

BOTH = pytest.mark.parametrize("method", ["GET", "POST"])
GOOD_PORTRAITS = [
    "http://a.com",
    "http://test.com/user/abc123.jpg",
    "https://192.0.2.1:8080/a.png?x=1&y=2#z",
    "http://[2001:db8::1]/a.png",
    "https://a.example/" + "x" * (256 - 18),
    "https://a.example/头像.png",
    "https://图片.中国/a.png",
    "https://XN--FIQS8S.xn--fiqs8s/a.png",
]
BAD_PORTRAITS = [
    "",
    "http://a.cn",
    "https://a.example/" + "x" * (257 - 18),
    "ftp://test.com/a.png",
    "javascript:alert(document.cookie)",
    "//test.com/user/abc123.jpg",
    "http://localhost/a.png",
    "http://a.xn--/a.png",
    "http://1.2.3.4.5/a.png",
    "http://a_b.example/a.png",
    "http://test.com:99999/a.png",
    "http://[::1/abc.png",
    "http://user:word@test.com/a.png",
    "http://test.com/a b.png",
    "http://test.com/<script>",
    "http://test.com/\n.png",
    "http:///user/abc123.jpg",
    None,
    7,
    ["http://test.com/user/abc123.jpg"],
]


async def shown(tom):
    """What everybody sees of this person."""
    return expect.result(await tom.get(f"/user/{tom.id}"))


@pytest.mark.parametrize("nickname", GOOD_NICKNAMES)
async def test_setting_a_nickname(people, nickname) -> None:
    """A nickname of 1 to 32 bytes is seen in the next request, as it was written."""
    tom, jerry = await people.one(), await people.one()

    expect.done(await tom.post("/user/set_nickname", {"nickname": nickname}))

    assert (await shown(tom))["nickname"] == nickname
    assert expect.result(await jerry.get(f"/user/{tom.id}"))["nickname"] == nickname


async def test_nicknames_that_are_refused(people) -> None:
    """A nickname that is too long, no text or not to be seen gets 400 and changes nothing."""
    tom = await people.one()

    for nickname in [*BAD_NICKNAMES, "\x00", "a\x00b", "a\nb", " ", "\u202e", "\u200b"]:
        expect.refused(await tom.post("/user/set_nickname", {"nickname": nickname}), 400)
    expect.refused(await tom.post("/user/set_nickname", {}), 400)

    assert (await shown(tom))["nickname"] == "Tom"


async def test_an_ignored_query_and_unknown_keys(people) -> None:
    """An old client appends its id to the path, others send keys we do not know."""
    tom = await people.one()
    body = {"nickname": "Jim", "role": 3, "id": "x", "portraitUri": "http://test.com/a.png"}

    expect.done(await tom.post(f"/user/set_nickname?userId={tom.id}", body))

    assert await shown(tom) == {"id": tom.id, "nickname": "Jim", "portraitUri": ""}


async def test_a_change_is_announced(people, bus, announced) -> None:
    """Other services hear of a new nickname, once, and of no change that is none."""
    tom = await people.one()
    for _ in range(2):
        expect.done(await tom.post("/user/set_nickname", {"nickname": "Jim"}))
    uri = "http://test.com/user/abc123.jpg"
    expect.done(await tom.post("/user/set_portrait_uri", {"portraitUri": uri}))

    number = await number_of(tom, bus)
    events = await announced(profile.ProfileChanged, user_id=number, count=2)
    assert [event.data["changed"] for event in events] == [["nickname"], ["avatar"]]


async def number_of(tom, bus):
    """The id of a person inside."""
    return (await bus.ask(accounts.find_by_address, accounts.ByAddress(address=tom.e164))).user_id


@pytest.mark.parametrize("uri", GOOD_PORTRAITS)
async def test_setting_a_portrait(people, uri) -> None:
    """A URL of 12 to 256 characters is seen in the next request."""
    tom = await people.one()

    reply = await tom.post("/user/set_portrait_uri", {"portraitUri": uri})

    expect.done(reply)
    assert (await shown(tom))["portraitUri"] == uri


async def test_portraits_that_are_refused(people) -> None:
    """What is no http or https URL with a host gets 400 and changes nothing."""
    tom = await people.one()
    good = {"portraitUri": GOOD_PORTRAITS[1]}
    expect.done(await tom.post("/user/set_portrait_uri", good))

    for uri in BAD_PORTRAITS:
        reply = await tom.post("/user/set_portrait_uri", {"portraitUri": uri})
        assert reply.status_code == 400, uri
        expect.refused(reply, 400)
    expect.refused(await tom.post("/user/set_portrait_uri", {"portrait_uri": "http://a.com"}), 400)

    assert (await shown(tom))["portraitUri"] == good["portraitUri"]


@BOTH
async def test_showing_a_person(people, method) -> None:
    """Whoever is logged in sees id, nickname and portrait of anyone, and nothing else."""
    tom, jerry = await people.one(), await people.one(nickname="Jerry")

    reply = await tom.http.request(method, f"/user/{jerry.id}")

    result = expect.result(reply)
    assert list(result.items()) == [("id", jerry.id), ("nickname", "Jerry"), ("portraitUri", "")]


@BOTH
@pytest.mark.parametrize(
    "word",
    ["x", "nobody00", "10001", "x" * 64, "x" * 65, "x" * 5000, "a-b", "%00", "%ff", "好", "."],
)
async def test_ids_that_name_nobody(people, method, word) -> None:
    """An id that was never given is told 404, whatever it looks like."""
    tom = await people.one()

    expect.refused(await tom.http.request(method, f"/user/{word}"), 404)


async def test_an_id_in_another_case(people) -> None:
    """Ids are compared letter by letter: another case is another id, or none."""
    tom = await people.one()

    reply = await tom.get(f"/user/{tom.id.swapcase()}")

    assert reply.status_code == 404 or reply.json()["result"]["id"] != tom.id


@BOTH
@pytest.mark.parametrize("form", SAME_PHONE)
async def test_finding_by_phone(people, method, form) -> None:
    """The owner of a number is found, oneself too, however the number is written."""
    tom, jerry = await people.one(), await people.one(nickname="Jerry")
    for other in (jerry, tom):
        phone = SAME_PHONE[form](other.phone)
        path = f"/user/find/{phone['region']}/{phone['phone']}"

        result = expect.result(await tom.http.request(method, path))

        assert list(result) == ["id", "nickname", "portraitUri"]
        assert result["id"] == other.id


@BOTH
async def test_finding_nobody(people, method) -> None:
    """A number without an account is told 404, what is no number 400."""
    tom = await people.one()
    nobody = people.stranger()

    expect.refused(await tom.http.request(method, f"/user/find/86/{nobody.phone}"), 404)
    for path in ("86/123", "86/x", "0/13912345678", "x/13912345678", "86/%00", "86/%ff", "%2e/1"):
        expect.refused(await tom.http.request(method, f"/user/find/{path}"), 400)


async def test_finding_many(people, redis, bus) -> None:
    """A person may look up 300 numbers in an hour; the next is refused with 429."""
    tom = await people.one()
    path = f"/user/find/86/{tom.phone}"
    expect.result(await tom.get(path))
    key = f"limit:finds:{await number_of(tom, bus)}"
    (_, now), *_ = await redis.zrange(key, 0, -1, withscores=True)
    await redis.zadd(key, {f"one-{number}": now for number in range(FINDS_HOUR - 2)})

    expect.result(await tom.get(path))
    refused = await tom.get(path)

    expect.refused(refused, 429)
    assert 3000 < int(refused.headers["retry-after"]) <= 3600
    expect.result(await (await people.one()).get(path))


async def test_several_at_once(people) -> None:
    """A batch shows people in the order asked, each once, without those that do not exist."""
    tom, jerry = await people.one(), await people.one(nickname="Jerry")
    words = ["nobody", jerry.id, tom.id, jerry.id, "", "%"]

    reply = await tom.http.get("/user/batch", params=[("id", word) for word in words])

    assert expect.result(reply) == [
        {"id": jerry.id, "nickname": "Jerry", "portraitUri": ""},
        {"id": tom.id, "nickname": "Tom", "portraitUri": ""},
    ]


async def test_a_batch_of_1_to_100(people) -> None:
    """A batch has one to a hundred ids."""
    tom = await people.one()

    async def ask(count):
        words = [tom.id] + [f"nobody{number}" for number in range(count - 1)]
        return await tom.http.get("/user/batch", params=[("id", word) for word in words[:count]])

    assert len(expect.result(await ask(1))) == 1
    assert len(expect.result(await ask(rules.BATCH_MOST))) == 1
    expect.refused(await ask(rules.BATCH_MOST + 1), 400)
    expect.refused(await ask(0), 400)


async def test_many_readers_at_once(people) -> None:
    """Reads at the same time each get their own answer."""
    crowd = await asyncio.gather(*(people.one(nickname=f"N{number}") for number in range(10)))

    replies = await asyncio.gather(
        *(crowd[n % 7].get(f"/user/{crowd[n % 10].id}") for n in range(200))
    )

    for number, reply in enumerate(replies):
        assert expect.result(reply)["nickname"] == f"N{number % 10}"


async def test_a_change_is_there_for_every_reader(people) -> None:
    """What was answered as done is read by whoever asks after that, while others read as well."""
    tom, jerry = await people.one(), await people.one()

    async def read_on() -> None:
        for _ in range(100):
            await jerry.get(f"/user/{tom.id}")

    reading = asyncio.create_task(read_on())
    for number in range(20):
        expect.done(await tom.post("/user/set_nickname", {"nickname": f"N{number}"}))
        assert expect.result(await jerry.get(f"/user/{tom.id}"))["nickname"] == f"N{number}"
    await reading


async def test_calling_codes(people) -> None:
    """Every calling code of a country is listed with its names, China first, without a login."""
    rows = expect.result(await people.stranger().get("/user/regionlist"))

    assert rows[0] == {"region": "86", "locale": {"en": "China", "zh": "中国"}}
    assert all(list(row) == ["region", "locale"] for row in rows)
    assert all(row["locale"]["en"] and row["locale"]["zh"] for row in rows)
    codes = [int(row["region"]) for row in rows]
    countries = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    assert len(codes) == len(set(codes))
    assert set(codes) == {code for code, regions in countries.items() if regions[0] != "001"}
