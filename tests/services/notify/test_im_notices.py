"""What instant messaging is told of social's events, and in which order of steps."""

import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.im.notices import clouds, rules
from services.notify.im.notices.clouds import request
from services.notify.im.notices.rules import Happened, Membership, Notice, Writer
from services.notify.inbox.store import MongoInbox
from shared.contracts import friendships, groups, notify
from tests.services.notify.conftest import OPERATOR, new_send, publish
from tests.services.notify.telling import (
    CREATE,
    GROUP,
    IDS,
    JOIN,
    QUIT,
    SYSTEM,
    WHEN,
    WHEN_MS,
    announce,
    new_id,
    paths,
    taken,
)

# ------------------------------------------------------------------------------- what is told


@pytest.mark.parametrize("invited", [True, False])
async def test_friendships(telling, cloud, js, eventually, tom_ann_bob, invited):
    """An invitation, and that one was agreed to, is a system message from one to the other."""
    tom, ann, _ = tom_ann_bob
    if invited:
        await announce(
            js, friendships.FriendInvited(user_id=tom, target_id=ann, message="你好 & ok")
        )
    else:
        await announce(js, friendships.FriendsMade(user_id=tom, target_id=ann, agreed=True))

    [(path, form)] = await taken(cloud, eventually, 1)
    assert path == SYSTEM
    assert form == {
        "fromUserId": IDS.encode(tom),
        "toUserId": IDS.encode(ann),
        "objectName": "RC:ContactNtf",
        "content": {
            "operation": "Request" if invited else "AcceptResponse",
            "sourceUserId": IDS.encode(tom),
            "targetUserId": IDS.encode(ann),
            "message": "你好 & ok" if invited else "",
            "extra": {"sourceUserNickname": "Tom", "version": WHEN_MS},
        },
    }


async def test_groups(telling, cloud, js, eventually, tom_ann_bob):
    """Each event of a group is one change of membership and one notice, as documented."""
    tom, ann, bob = tom_ann_bob
    group_id = new_id()
    group, t, a, b = map(IDS.encode, (group_id, tom, ann, bob))
    of = {"user_id": tom, "group_id": group_id}
    operator = {"operatorNickname": "Tom", "timestamp": WHEN_MS}
    both = {"targetUserIds": [a, b], "targetUserDisplayNames": ["安 & Co", "Bob"]}

    def notice(operation: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        content = {
            "operatorUserId": t,
            "operation": operation,
            "data": {**data, "data": data},
            "message": "",
        }
        return GROUP, {
            "fromUserId": "__system__",
            "toGroupId": group,
            "objectName": "RC:GrpNtf",
            "content": content,
        }

    for event in (
        groups.GroupCreated(**of, name="家 & friends", member_ids=[tom, ann]),
        groups.GroupJoined(**of, name="家 & friends", member_ids=[ann, bob]),
        groups.GroupChanged(**of, changed=["name", "bulletin"], name="work"),
        groups.GroupTransferred(**of, target_id=ann),
        groups.MembersKicked(**of, member_ids=[ann, bob]),
        groups.GroupLeft(**of, successor_id=ann),
        groups.GroupDismissed(**of, member_ids=[tom, ann]),
    ):
        await announce(js, event)

    name = {"targetGroupName": "家 & friends"}
    assert await taken(cloud, eventually, 13) == [
        (CREATE, {"userId": [t, a], "groupId": group, "groupName": "家 & friends"}),
        notice("Create", operator | name),
        (JOIN, {"userId": [a, b], "groupId": group, "groupName": "家 & friends"}),
        notice("Add", operator | name | both),
        ("/group/refresh.json", {"groupId": group, "groupName": "work"}),
        notice("Rename", operator | {"targetGroupName": "work"}),
        notice(
            "Transfer",
            operator
            | {"targetUserIds": [a], "targetUserDisplayNames": ["安 & Co"]}
            | {"oldCreatorId": t, "oldCreatorName": "Tom"}
            | {"newCreatorId": a, "newCreatorName": "安 & Co"},
        ),
        notice("Kicked", operator | both),
        (QUIT, {"userId": [a, b], "groupId": group}),
        notice("Quit", operator | {"targetUserIds": [t], "targetUserDisplayNames": ["Tom"]}),
        (QUIT, {"userId": [t], "groupId": group}),
        notice("Dismiss", operator),
        ("/group/dismiss.json", {"userId": [t], "groupId": group}),
    ]


async def test_what_nobody_is_told(telling, cloud, js, eventually, tom_ann_bob):
    """Friends by invitations that crossed, and a group's new picture, are no notices."""
    tom, ann, _ = tom_ann_bob
    group_id = new_id()
    await announce(js, friendships.FriendsMade(user_id=tom, target_id=ann, agreed=False))
    await announce(
        js, groups.GroupChanged(user_id=tom, group_id=group_id, changed=["portrait"], name="x y")
    )
    await announce(js, friendships.FriendsMade(user_id=ann, target_id=tom, agreed=True))
    await announce(js, groups.GroupDismissed(user_id=tom, group_id=group_id, member_ids=[tom]))

    await taken(cloud, eventually, 3)
    assert sorted(paths(cloud)) == ["/group/dismiss.json", GROUP, SYSTEM]


async def test_people_who_are_gone(telling, cloud, js, eventually, tom_ann_bob):
    """Events of people without a profile are told with empty nicknames."""
    tom, *_ = tom_ann_bob
    gone, group_id = new_id(), new_id()
    await announce(js, groups.GroupLeft(user_id=gone, group_id=group_id))
    await announce(js, groups.MembersKicked(user_id=tom, group_id=group_id, member_ids=[gone]))

    requests = await taken(cloud, eventually, 4)
    left, kicked = [form["content"]["data"] for path, form in requests if path == GROUP]
    assert left["operatorNickname"] == ""
    assert kicked["operatorNickname"] == "Tom"
    assert left["targetUserDisplayNames"] == kicked["targetUserDisplayNames"] == [""]


async def test_a_group_without_a_name(telling, cloud, js, eventually, tom_ann_bob):
    """RongCloud wants a name with who joins: a group whose name is not told goes by its id."""
    tom, *_ = tom_ann_bob
    group_id = new_id()
    await announce(js, groups.GroupJoined(user_id=tom, group_id=group_id, member_ids=[tom]))

    [(_, joined), (_, told)] = await taken(cloud, eventually, 2)
    assert joined["groupName"] == IDS.encode(group_id)
    assert "targetGroupName" not in told["content"]["data"]


async def test_the_development_inbox(http, js, eventually, tom_ann_bob):
    """In dev a notice is in the inbox of the person's, or of the group's, public id."""
    tom, ann, _ = tom_ann_bob
    group_id = new_id()
    created = groups.GroupCreated(user_id=tom, group_id=group_id, name="家", member_ids=[tom, ann])
    await announce(js, friendships.FriendInvited(user_id=tom, target_id=ann, message="hi"))
    await announce(js, created)

    async def read(to: int) -> list[dict[str, Any]]:
        answer = await http.get("/dev/inbox", params={"to": IDS.encode(to)})
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages

    [contact] = await eventually(lambda: read(ann))
    [group] = await eventually(lambda: read(group_id))
    assert contact["channel"] == group["channel"] == "im"
    assert contact["to"] == IDS.encode(ann)
    assert contact["template"] == "RC:ContactNtf"
    assert contact["code"] is None
    assert json.loads(contact["body"])["operation"] == "Request"
    assert group["template"] == "RC:GrpNtf"
    assert json.loads(group["body"])["data"]["targetGroupName"] == "家"


async def test_from_social_to_the_inbox(bus, acting, eventually, tom_ann_bob):
    """What the social service does of a group is told, with the names that it has."""
    tom, ann, bob = tom_ann_bob
    with acting(tom):
        create = groups.CreateGroup(owner_id=tom, name="我们家", member_ids=[tom, ann])
        made = await bus.ask(groups.create_group, create)
        add = groups.GroupMembers(owner_id=tom, group_id=made.group_id, member_ids=[bob])
        await bus.ask(groups.add_members, add)

    async def both() -> list[Any]:
        ask = notify.ReadInbox(to=IDS.encode(made.group_id))
        messages = await bus.ask(notify.read_inbox, ask)
        return [json.loads(one.body) for one in messages] if len(messages) == 2 else []

    found = {one["operation"]: one["data"] for one in await eventually(both)}
    assert found.keys() == {"Create", "Add"}
    assert [data["operatorNickname"] for data in found.values()] == ["Tom", "Tom"]
    assert [data["targetGroupName"] for data in found.values()] == ["我们家", "我们家"]
    assert found["Add"]["targetUserDisplayNames"] == ["Bob"]


async def test_a_notice_goes_with_its_person(mongo, user_id):
    """An invitation in the inbox is removed with the person whom it was for."""
    database = mongo("userhub_notify")
    inbox = MongoInbox(database)
    step = Notice(uuid.uuid4().hex, rules.CONTACT, "a", IDS.encode(user_id), "{}", user_id)
    await clouds.LocalCloud(inbox).take(step)
    assert len(await inbox.read(step.to)) == 1

    await database.transact(lambda session: inbox.erase(user_id, session))
    assert await inbox.read(step.to) == []


# ------------------------------------------------------------------------------- rules

people = st.integers(min_value=1, max_value=2**63 - 1)
many = st.lists(people, min_size=1, max_size=20, unique=True)
group_events = st.one_of(
    st.builds(
        groups.GroupCreated, user_id=people, group_id=people, name=st.text(), member_ids=many
    ),
    st.builds(groups.GroupJoined, user_id=people, group_id=people, name=st.text(), member_ids=many),
    st.builds(groups.GroupLeft, user_id=people, group_id=people),
    st.builds(groups.MembersKicked, user_id=people, group_id=people, member_ids=many),
    st.builds(groups.GroupDismissed, user_id=people, group_id=people, member_ids=many),
    st.builds(groups.GroupTransferred, user_id=people, group_id=people, target_id=people),
    st.builds(
        groups.GroupChanged,
        user_id=people,
        group_id=people,
        changed=st.just(["name"]),
        name=st.text(min_size=1),
    ),
)


@given(group_events, st.dictionaries(people, st.text(), max_size=5))
def test_steps_of_any_group_event(event, names):
    """A notice has a name for each id; who goes is told before, who comes after; ids are public."""
    steps = Writer(IDS).steps(Happened("1", WHEN, event), names)
    [notice] = [step for step in steps if isinstance(step, Notice)]
    data = json.loads(notice.content)["data"]
    copy = data.pop("data")

    assert data == copy
    assert data["operatorNickname"] == names.get(event.user_id, "")
    assert IDS.decode(notice.to) == event.group_id
    found = [IDS.decode(word) for word in data.get("targetUserIds", [])]
    assert found == rules.targets(event)
    assert data.get("targetUserDisplayNames", []) == [names.get(one, "") for one in found]
    goes = isinstance(event, groups.GroupLeft | groups.MembersKicked | groups.GroupDismissed)
    assert (steps[0] is notice) == (goes or isinstance(event, groups.GroupTransferred))
    for step in steps:
        path, form = request(step)
        assert path.endswith(".json")
        assert all(form.values())
        if isinstance(step, Membership):
            assert form["groupId"] == notice.to


def test_every_operation_has_a_listener():
    """What is listened to is what social announces, each with a lane of its own kind."""
    assert {fact.partition(".")[0] for fact in rules.EVENTS} == {"social"}
    assert set(rules.EVENTS) == {kind.fact for kind in rules.EVENTS.values()}
    one = friendships.FriendInvited(user_id=9, target_id=3, message="")
    other = friendships.FriendsMade(user_id=3, target_id=9, agreed=True)
    assert rules.lane(one) == rules.lane(other) == "friends:3:9"


async def test_no_send_goes_this_way(bus, js, eventually):
    """A message of `Send` for instant messaging is refused: its way is for notices only."""
    send = new_send(channel=notify.Channel.IM)
    await publish(js, send)
    ask = notify.ReadDeliveries(to=send.to)

    async def failed() -> list[notify.Delivery]:
        found = await bus.ask(notify.read_deliveries, ask, caller=OPERATOR)
        return [one for one in found if one.status is notify.Status.FAILED]

    [delivery] = await eventually(failed)
    assert delivery.error == "template verification_code has no form for im"
