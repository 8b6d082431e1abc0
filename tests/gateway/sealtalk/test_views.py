"""How the sealtalk dialect writes down people, groups and changes."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.sealtalk import friend_views, group_views, rules, sync_views, views
from gateway.dialects.sealtalk.ids import PublicIds
from gateway.dialects.sealtalk.people import PART, in_parts
from gateway.errors import BadRequest
from shared import addresses
from shared.contracts import blacklist, friendships, groups, sync

IDS = PublicIds("k3G7QAe51FCsPW92uEOyq4Bg6Sp8YzVTmnU0liwDdHXLajZrfxNhobJIRcMvKt", 8)
AT = datetime(2016, 3, 4, 7, 59, 58, 123456, tzinfo=UTC)
TEXT_AT = "2016-03-04T07:59:58.123Z"
JERRY = views.User(IDS.encode(7), "Jerry", "http://test.com/a.png")
JERRYS = {"id": JERRY.id, "nickname": "Jerry", "portraitUri": "http://test.com/a.png"}
GROUP = groups.Group(
    group_id=9,
    name="Team 1",
    portrait="http://test.com/g.png",
    creator_id=7,
    member_count=2,
    max_member_count=500,
    bulletin="Lunch at 12",
)


def plain(view):
    """What a client reads."""
    return msgspec.json.decode(msgspec.json.encode(view))


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (AT, TEXT_AT),
        (AT.replace(microsecond=0), "2016-03-04T07:59:58.000Z"),
        (AT.replace(microsecond=999_999), "2016-03-04T07:59:58.999Z"),
        (AT.astimezone(timezone(timedelta(hours=8))), TEXT_AT),
    ],
)
def test_moments(at, text) -> None:
    """A moment has milliseconds and is in UTC, wherever it comes from."""
    assert views.moment(at) == text


@given(st.datetimes(timezones=st.just(UTC)))
def test_moments_read_back(at) -> None:
    """What is written is the moment itself, to the millisecond."""
    assert timedelta() <= at - datetime.fromisoformat(views.moment(at)) < timedelta(milliseconds=1)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_chinese_numbers_come_apart(number) -> None:
    """A number comes apart into what a client would send for it."""
    assert rules.parts_of_phone(addresses.phone("86", number)) == ("86", number)


@pytest.mark.parametrize(
    "e164", ["+12025550123", "+390612345678", "+6591234567", "+447911123456", "+85291234567"]
)
def test_other_numbers_come_apart(e164) -> None:
    """The two parts of any number make the number again."""
    region, number = rules.parts_of_phone(e164)

    assert f"+{region}{number}" == e164


@given(st.integers(-(10**18), 10**18))
def test_versions(number) -> None:
    """Every whole number is a version; below 0 and past 2^53 it is one that nobody was given."""
    version = rules.version(str(number))

    assert version == (number if 0 <= number <= 2**53 else 0 if number < 0 else 2**53)


@pytest.mark.parametrize(
    "text", ["", "x", "1.0", "1e3", "+1", " 1", "1 ", "1\n", "--1", "0x1", "１", "9" * 20, "null"]
)
def test_what_is_no_version(text) -> None:
    """What is not a whole number is a bad request."""
    with pytest.raises(BadRequest):
        rules.version(text)


def test_founders() -> None:
    """A group is made of oneself and others, each once, in the order given."""
    assert rules.founders([3, 1, 2, 1, 3], creator_id=1) == [3, 1, 2]
    for wrong in ([2, 3], [1], [1, 1], []):
        with pytest.raises(BadRequest):
            rules.founders(wrong, creator_id=1)


@given(st.text(max_size=70))
def test_ids_in_bodies(word) -> None:
    """Whatever a body names is an id that was made here, or a bad request."""
    try:
        number = IDS.given(word)
    except BadRequest:
        return
    assert IDS.encode(number) == word


@pytest.mark.parametrize("count", [0, 1, PART, PART + 1, 2 * PART + 1])
async def test_many_rows_let_others_have_a_turn(count) -> None:
    """All rows are made, in order, and past each part of 500 another task runs."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    try:
        made = await in_parts(range(count), str)
    finally:
        task.cancel()

    assert made == [str(number) for number in range(count)]
    assert turns == max(0, (count - 1) // PART)


def test_a_blacklist_entry() -> None:
    """The page's fields stand beside a copy of them in `user`."""
    entry = blacklist.BlacklistEntry(owner_id=1, target_id=7, updated_at=AT)
    flat = JERRYS | {"updatedAt": TEXT_AT}

    assert plain(friend_views.blocked(entry, JERRY)) == flat | {"user": flat}


@pytest.mark.parametrize("status", list(friendships.FriendStatus))
def test_a_friendship(status) -> None:
    """A row has the number of its status, and a phone only if one is given."""
    row = friendships.Friendship(
        owner_id=1, target_id=7, status=status, display_name="J", message="Hi", updated_at=AT
    )
    expected = {
        "displayName": "J",
        "message": "Hi",
        "status": int(status),
        "updatedAt": TEXT_AT,
    }

    without = JERRYS | {"region": "", "phone": ""}
    assert plain(friend_views.friend_row(row, JERRY, None)) == expected | {"user": without}
    with_phone = JERRYS | {"region": "86", "phone": "13912345678"}
    shown = plain(friend_views.friend_row(row, JERRY, "+8613912345678"))
    assert shown == expected | {"user": with_phone}


def test_a_group() -> None:
    """A group's ids are words, and `deletedAt` is there from the beginning."""
    shown = {
        "id": IDS.encode(9),
        "name": "Team 1",
        "portraitUri": "http://test.com/g.png",
        "memberCount": 2,
        "maxMemberCount": 500,
        "creatorId": IDS.encode(7),
        "bulletin": "Lunch at 12",
        "deletedAt": None,
    }
    gone = msgspec.structs.replace(GROUP, dismissed_at=AT, member_count=0)

    assert plain(group_views.group_shown(GROUP, IDS)) == shown
    assert plain(group_views.group_shown(gone, IDS)) == shown | {
        "memberCount": 0,
        "deletedAt": TEXT_AT,
    }


def test_a_group_of_ones_own() -> None:
    """The page's fields and the role stand beside a copy in `group`."""
    one = groups.Membership(role=groups.GroupRole.CREATOR, display_name="T", group=GROUP)
    flat = {
        "id": IDS.encode(9),
        "name": "Team 1",
        "portraitUri": "http://test.com/g.png",
        "creatorId": IDS.encode(7),
        "memberCount": 2,
    }

    assert plain(group_views.group_row(one, IDS)) == flat | {
        "role": 0,
        "group": flat | {"maxMemberCount": 500},
    }


def test_a_member() -> None:
    """A member has a role, two moments and a `user`."""
    one = groups.Member(
        group_id=9,
        user_id=7,
        role=groups.GroupRole.MEMBER,
        display_name="J",
        created_at=AT,
        updated_at=AT + timedelta(seconds=1),
    )

    assert plain(group_views.member_row(one, JERRY)) == {
        "displayName": "J",
        "role": 1,
        "createdAt": TEXT_AT,
        "updatedAt": "2016-03-04T07:59:59.123Z",
        "user": JERRYS,
    }


def test_changes() -> None:
    """Each section has the page's keys, and versions for timestamps."""
    blocked = sync.SyncedBlacklist(target_id=7, listed=False, version=4)
    friend = sync.SyncedFriend(
        target_id=7, display_name="J", status=friendships.FriendStatus.DELETED, version=5
    )
    group = sync.SyncedGroup(
        group=GROUP, role=groups.GroupRole.MEMBER, display_name="T", is_deleted=True, version=6
    )
    member = sync.SyncedMember(
        group_id=9,
        user_id=7,
        role=groups.GroupRole.CREATOR,
        display_name="J",
        is_deleted=False,
        version=7,
    )
    changed = {"id": IDS.encode(9), "name": "Team 1", "portraitUri": "http://test.com/g.png"}

    assert plain(sync_views.oneself(JERRY, 3)) == JERRYS | {"timestamp": 3}
    assert plain(sync_views.blacklist_change(blocked, JERRY)) == {
        "friendId": JERRY.id,
        "status": False,
        "timestamp": 4,
        "user": JERRYS,
    }
    assert plain(sync_views.friend_change(friend, JERRY)) == {
        "friendId": JERRY.id,
        "displayName": "J",
        "status": 30,
        "timestamp": 5,
        "user": JERRYS,
    }
    assert plain(sync_views.group_change(group, IDS)) == {
        "groupId": changed["id"],
        "displayName": "T",
        "role": 1,
        "isDeleted": True,
        "group": changed | {"timestamp": 6},
    }
    assert plain(sync_views.member_change(member, JERRY, IDS)) == {
        "groupId": changed["id"],
        "memberId": JERRY.id,
        "displayName": "J",
        "role": 0,
        "isDeleted": False,
        "timestamp": 7,
        "user": JERRYS,
    }
