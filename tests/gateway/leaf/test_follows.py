"""Who follows whom (leaf reference 3.4)."""

import pytest

from tests.gateway.leaf.viewers import data, done, refused


@pytest.fixture(scope="module")
async def circle(viewers):
    """Three people who do not know each other."""
    return [await viewers.one() for _ in range(3)]


async def listed(viewer, which, uid, **page):
    """The people of a list."""
    users = data(await viewer.get(f"follow/{which}", token="", uid=uid, **page))["users"]
    assert all(
        list(user) == ["uid", "name", "sign", "avatar", "spacecover", "gender"] for user in users
    )
    return [user["uid"] for user in users]


async def counted(viewer, uid):
    """How many somebody follows, and how many follow them."""
    count = data(await viewer.get("follow/count", token="", uid=uid))
    assert count["follower"] == count["followers"]
    return count["following"], count["follower"]


async def test_following(circle) -> None:
    """Following is told to everybody, twice is once, and over when it is taken back."""
    ann, bob, cas = circle
    for target in (bob, cas, cas):
        done(await ann.post("follow/add", id=target.uid))
    done(await bob.post("follow/add", id=cas.uid))

    assert await listed(cas, "following", ann.uid) == [cas.uid, bob.uid]
    assert await listed(cas, "follower", cas.uid) == [bob.uid, ann.uid]
    assert await listed(cas, "following", ann.uid, page=2, page_size=1) == [bob.uid]
    assert await counted(bob, ann.uid) == (2, 0)
    assert await counted(bob, cas.uid) == (0, 2)
    assert data(await ann.get("follow/status", fid=bob.uid)) == {"follow": True}
    assert data(await bob.get("follow/status", fid=ann.uid)) == {"follow": False}

    for _ in range(2):
        done(await ann.post("follow/cancel", id=cas.uid))
    assert await listed(ann, "following", ann.uid) == [bob.uid]
    assert await counted(ann, cas.uid) == (0, 1)


async def test_what_is_refused(circle) -> None:
    """Nobody follows themselves or somebody who is not there."""
    ann, *_ = circle
    refused(await ann.post("follow/add", id=ann.uid), 4060, "不能关注自己")
    refused(await ann.post("follow/add", id=2**62), 4040, "用户不存在")
    for path in ("follow/add", "follow/cancel"):
        refused(await ann.post(path), 4010, "请求参数有误")
        assert (await ann.post(path, id="1")).status_code == 400
    for path in ("follow/following", "follow/follower", "follow/count"):
        refused(await ann.get(path, token=""), 4040)
    refused(await ann.get("follow/following", uid=ann.uid, page_size=31), 4050, "请求数量过多")
    assert await listed(ann, "following", 2**62) == []
