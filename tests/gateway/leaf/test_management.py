"""What administrators do (leaf reference 1.4 and 2)."""

from urllib.parse import quote

import pytest

from shared.contracts.accounts import Role
from tests.gateway.leaf.viewers import data, done, fresh_email, refused

TEN = [
    *("uid", "name", "sign", "email", "avatar", "spacecover", "gender", "role"),
    *("birthday", "created_at"),
]


@pytest.fixture
async def jerry(viewers):
    """Somebody whom administrators do something to."""
    return await viewers.one()


def as_posted(user, **changes):
    """What the management client posts of what it was shown."""
    kept = {"id": user["uid"]} | {key: user[key] for key in ("name", "email", "sign")}
    return kept | changes


async def found(admin, keyword):
    """The one person whom a search finds."""
    answer = data(await admin.get("user/manage/search", keyword=keyword, page=1, page_size=6))
    assert (answer["total"], len(answer["users"])) == (1, 1), answer
    return answer["users"][0]


async def test_the_list(admin, anna) -> None:
    """Everybody is listed in a fixed order, 15 to a page, with plain addresses."""
    pages = [data(await admin.get("user/manage/list", page=n, page_size=3)) for n in (1, 2)]

    assert list(pages[0]) == ["total", "users"]
    assert pages[0]["total"] >= 3
    uids = [user["uid"] for page in pages for user in page["users"]]
    assert uids == sorted(set(uids))
    for user in pages[0]["users"]:
        assert list(user) == TEN
        assert "*" not in user["email"]
    assert len(data(await admin.get("user/manage/list"))["users"]) <= 15


@pytest.mark.parametrize("path", ["user/manage/list", "user/manage/search"])
async def test_w11_page_sizes(admin, path) -> None:
    """W11: whatever is asked for, no page has more than 30 rows."""
    for size in ("0", "-1", "x", "", "30"):
        page = data(await admin.get(path, keyword="x", page_size=size))
        assert len(page["users"]) <= 30
    for size in ("31", "100000", "9" * 30):
        refused(await admin.get(path, keyword="x", page_size=size), 4050, "请求数量过多")
    assert data(await admin.get(path, keyword="x", page="9" * 30))["users"] == []


async def test_searches(admin, anna) -> None:
    """Whole ids, names and addresses are found, whatever their case, and no part of one."""
    name = (await anna.info())["name"]
    for keyword in (str(anna.uid), name.upper(), anna.email.upper(), f" {anna.email}"):
        assert (await found(admin, keyword))["uid"] == anna.uid
    for keyword in (f"{anna.uid}x", name[:-1], anna.email[:-1], "", " ", "x" * 255, "%", ".*"):
        nobody = data(await admin.get("user/manage/search", keyword=keyword))
        assert nobody == {"total": 0, "users": []}, keyword


async def test_w9_a_search_for_an_address_with_a_plus(viewers, admin) -> None:
    """W9: an address is found as it is, though clients do not encode its plus in the URL."""
    jerry = await viewers.one(email=f"a+{fresh_email()}")
    for path in ("search?keyword=", "search&keyword="):
        reply = await admin.get(f"user/manage/{path}{jerry.email}")
        assert [user["uid"] for user in data(reply)["users"]] == [jerry.uid], path


async def test_a_search_below_a_doubled_slash(viewers, admin) -> None:
    """A slash too many changes nothing of what the page's search is read from."""
    jerry = await viewers.one(email=f"a+{fresh_email()}")
    for written in (jerry.email, jerry.email.replace("+", "%2B").replace("@", "%40")):
        for path in ("manage/search", "manage//search", "/manage/search"):
            reply = await admin.get(f"user/{path}&keyword={written}")
            assert [user["uid"] for user in data(reply)["users"]] == [jerry.uid], (path, written)
    done(await admin.post("user/manage/modify", id=jerry.uid, name="A&B 杰", email=jerry.email))
    for path in ("manage/search", "manage//search"):
        reply = await admin.get(f"user/{path}&keyword={quote('a&b 杰')}")
        assert [user["uid"] for user in data(reply)["users"]] == [jerry.uid], path


async def test_the_search_of_the_page(admin, anna) -> None:
    """The page writes `search&keyword=…`: the question mark may be missing."""
    for path in (
        f"search&keyword={anna.email}&page=1&page_size=2",
        f"search&keyword={anna.email.replace('@', '%40')}",
        f"search&page=1&keyword={anna.uid}",
        f"search&page=1?keyword={anna.uid}",
        f"search?keyword={anna.uid}",
    ):
        answer = data(await admin.get(f"user/manage/{path}"))
        assert [user["uid"] for user in answer["users"]] == [anna.uid], path
    refused(await admin.get("user/manage/search&keyword=x&page_size=31"), 4050)
    assert data(await admin.get("user/manage/search&keyword=a/b%2Fc")) == {"total": 0, "users": []}


async def test_a_person_is_changed(viewers, admin, jerry) -> None:
    """Name, address and signature are written; the person logs in with the new address."""
    email = fresh_email()
    name = f"Jerry {jerry.uid}"
    body = {"id": jerry.uid, "name": name, "email": email, "sign": "Moderated."}

    done(await admin.post("user/manage/modify", **body))

    user = await found(admin, name)
    assert {key: user[key] for key in ("name", "email", "sign")} == {
        key: body[key] for key in ("name", "email", "sign")
    }
    refused(await jerry.log_in(), 3020)
    data(await jerry.log_in(email=email))
    done(await admin.post("user/manage/modify", id=jerry.uid, name=name, email=email))
    assert (await found(admin, name))["sign"] == ""


async def test_posting_back_what_was_listed(admin, anna) -> None:
    """What the management client was shown may be posted back as it is."""
    user = await found(admin, anna.email)

    done(await admin.post("user/manage/modify", **as_posted(user)))

    assert await found(admin, anna.email) == user


async def test_somebody_without_an_address(people, admin) -> None:
    """Who came through another dialect and has a phone number alone is managed as well."""
    stranger = await people.one(nickname="Spike")
    user = await found(admin, stranger.e164)
    assert user["email"] == ""

    done(await admin.post("user/manage/modify", **as_posted(user, sign="Welcome.")))

    assert await found(admin, stranger.e164) == user | {"sign": "Welcome."}
    email = fresh_email()
    done(await admin.post("user/manage/modify", **as_posted(user, email=email)))
    assert (await found(admin, email))["uid"] == user["uid"]
    refused(await admin.post("user/manage/modify", **as_posted(user)), 4010, "邮箱格式错误")


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"name": ""}, 4010, "用户名不能为空"),
        ({"name": "x" * 31}, 4010, "用户名不可用"),
        ({"email": ""}, 4010, "邮箱格式错误"),
        ({"email": "x"}, 4010, "邮箱格式错误"),
        ({"email": "j****y@example.com"}, 4010, "邮箱格式错误"),
        ({"sign": "x" * 51}, 4010, "请求参数有误"),
        ({"id": 0}, 4010, "请求参数有误"),
        ({"id": 2**62}, 4040, "用户不存在"),
        ({"name": "TOM"}, 6000, "用户名已存在"),
        ({"email": "TOM"}, 6000, "邮箱已存在"),
    ],
)
async def test_w23_changes_that_are_refused(admin, tom, changes, code, words) -> None:
    """W23: ids of nobody, masked or empty addresses and what others have are refused."""
    other = await found(admin, admin.email)
    if "TOM" in changes.values():
        [key] = changes
        changes = {key: (await found(admin, tom.email))[key].upper()}

    refused(await admin.post("user/manage/modify", **as_posted(other, **changes)), code, words)

    assert await found(admin, admin.email) == other


async def test_roles(root, admin, jerry) -> None:
    """The highest role gives roles; each holds at the very next request."""
    refused(await jerry.get("user/manage/list"), 3030, "用户未授权")
    done(await root.post("user/manage/role/modify", id=jerry.uid, role=2))
    data(await jerry.get("user/manage/list"))
    assert (await jerry.info())["role"] == 2
    refused(await jerry.post("user/manage/role/modify", id=admin.uid, role=0), 3030)
    done(await root.post("user/manage/role/modify", id=jerry.uid, role=1))
    refused(await jerry.get("user/manage/list"), 3030)


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"role": 4}, 4010, "无效的角色"),
        ({"role": -1}, 4010, "无效的角色"),
        ({"role": None}, 4010, "无效的角色"),
        ({"id": 0}, 4010, "请求参数有误"),
        ({"id": 2**62}, 4040, "用户不存在"),
        ({"id": "OWN"}, 1000, "不能修改自己的角色"),
    ],
)
async def test_w23_roles_that_are_refused(root, anna, changes, code, words) -> None:
    """W23: no role, no such role, nobody's id and one's own are refused."""
    body = {"id": anna.uid, "role": 0} | changes
    if body["id"] == "OWN":
        body["id"] = root.uid

    refused(await root.post("user/manage/role/modify", **body), code, words)

    data(await root.get("user/manage/list"))


async def test_w14_hierarchy(viewers, promote, root, admin, jerry) -> None:
    """W14: administrators act on lower roles only, whatever they want to do."""
    await promote(jerry, Role.ADMIN)
    for other in (jerry, root):
        before = await found(admin, other.email)
        change = as_posted(before, email=fresh_email(), name="Mallory", sign="x")
        refused(await admin.post("user/manage/modify", **change), 3030, "用户未授权")
        refused(await admin.post("user/manage/delete", id=other.uid), 3030, "用户未授权")
        assert await found(admin, other.email) == before
    own = await found(admin, admin.email)
    done(await admin.post("user/manage/modify", **as_posted(own, sign="Mine.")))
    done(await root.post("user/manage/modify", **as_posted(await found(root, jerry.email))))


async def test_w14_nobody_deletes_themselves(admin, root) -> None:
    """W14: the highest role neither: 1000, and everything goes on."""
    for one in (admin, root):
        refused(await one.post("user/manage/delete", id=one.uid), 1000, "不能删除自己")
        data(await one.get("user/manage/list"))


async def test_deleting(admin, jerry) -> None:
    """Who is deleted is out at once and in no list; a second time there is nobody."""
    done(await admin.post("user/manage/delete", id=jerry.uid))

    refused(await jerry.get("user/info/get"), 3030, "用户未授权")
    refused(await jerry.log_in(), 3020)
    for keyword in (jerry.email, str(jerry.uid)):
        assert data(await admin.get("user/manage/search", keyword=keyword))["users"] == []
    refused(await admin.post("user/manage/delete", id=jerry.uid), 4040, "用户不存在")
    refused(await admin.post("user/manage/delete", id=0), 4010)
    refused(await admin.post("user/manage/delete"), 4010)
