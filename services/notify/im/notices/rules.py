"""What instant messaging is told of an event, in which order; no I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec

from shared import events
from shared.contract import Event
from shared.contracts import friendships, groups
from shared.encoding import to_json
from shared.public_ids import PublicIds

CONTACT, GROUP = "RC:ContactNtf", "RC:GrpNtf"
"""Object names of the two kinds of notice: to a person, to a group."""

SYSTEM = "__system__"
"""Who a group's notices come from."""

EVENTS: dict[str, type[Event]] = {
    kind.fact: kind
    for kind in (
        friendships.FriendInvited,
        friendships.FriendsMade,
        groups.GroupCreated,
        groups.GroupJoined,
        groups.GroupLeft,
        groups.MembersKicked,
        groups.GroupDismissed,
        groups.GroupTransferred,
        groups.GroupChanged,
    )
}
"""What is listened to, by its name on the wire."""


@dataclass(frozen=True)
class Happened:
    """An event, with its id and time."""

    id: str
    time: datetime
    event: Event


@dataclass(frozen=True)
class Notice:
    """One message of a kind that clients show as a line of their own."""

    step = "notice"

    id: str
    """The event's: the same one when it is handed over again."""
    kind: str
    sender: str
    to: str
    """Public id of a person or, of kind `GROUP`, of a group."""
    content: str
    user_id: int | None = None
    """The person that it is for; none if it is for a group."""


class Change(StrEnum):
    """What can happen to a group at a provider."""

    CREATE = "create"
    JOIN = "join"
    QUIT = "quit"
    DISMISS = "dismiss"
    RENAME = "rename"


@dataclass(frozen=True)
class Membership:
    """A provider's group, which decides who gets what is said in it, follows ours."""

    step = "membership"

    change: Change
    group: str
    name: str = ""
    people: tuple[str, ...] = ()
    """Who joins or quits; of `DISMISS` the one who did it."""


Step = Notice | Membership


def read(body: bytes) -> Happened:
    """Read an event off the stream; raises `msgspec.MsgspecError` or `KeyError`."""
    envelope = events.decode(body)
    event = msgspec.convert(envelope.data, EVENTS[envelope.type])
    return Happened(envelope.id, envelope.time, event)


def is_told(event: Event) -> bool:
    """Tell whether an event is one that anybody hears of: most are, by their kind alone."""
    match event:
        case friendships.FriendsMade(agreed=agreed):
            return agreed
        case groups.GroupChanged(changed=changed):
            return "name" in changed
        case _:
            return True


def lane(event: Event) -> str:
    """Name what an event is about; events of one lane are told in their order."""
    if isinstance(event, friendships.FriendInvited | friendships.FriendsMade):
        low, high = sorted((event.user_id, event.target_id))
        return f"friends:{low}:{high}"
    return f"group:{event.group_id}"  # type: ignore[attr-defined]  # all the others have one


def targets(event: Event) -> list[int]:
    """Whom a group's notice names beside the one who acted."""
    match event:
        case groups.GroupJoined(member_ids=members) | groups.MembersKicked(member_ids=members):
            return members
        case groups.GroupLeft(user_id=user_id):
            return [user_id]
        case groups.GroupTransferred(target_id=target_id):
            return [target_id]
        case _:
            return []


class Writer:
    """Makes, of an event and of what people are called, the steps to take."""

    def __init__(self, ids: PublicIds) -> None:
        self._ids = ids

    def steps(self, happened: Happened, names: Mapping[int, str]) -> list[Step]:
        """Give what is to be done, in order: who joins is there to read of it, who goes still is.

        A person without a name in `names`, say one who was erased, has an empty nickname.
        """
        event, word = happened.event, self._ids.encode
        match event:
            case friendships.FriendInvited() | friendships.FriendsMade():
                return [self._to_person(happened, event, names)]
        group = word(event.group_id)  # type: ignore[attr-defined]  # all the others have one
        tell = self._to_group(happened, group, names)
        match event:
            case groups.GroupCreated(name=name, member_ids=members):
                return [Membership(Change.CREATE, group, name, self._words(members)), tell]
            case groups.GroupJoined(name=name, member_ids=members):
                return [Membership(Change.JOIN, group, name or group, self._words(members)), tell]
            case groups.MembersKicked(member_ids=members):
                return [tell, Membership(Change.QUIT, group, people=self._words(members))]
            case groups.GroupLeft(user_id=user_id):
                return [tell, Membership(Change.QUIT, group, people=(word(user_id),))]
            case groups.GroupDismissed(user_id=user_id):
                return [tell, Membership(Change.DISMISS, group, people=(word(user_id),))]
            case groups.GroupChanged(name=name):
                return [Membership(Change.RENAME, group, name), tell]
            case _:
                return [tell]

    def _to_person(
        self,
        happened: Happened,
        event: friendships.FriendInvited | friendships.FriendsMade,
        names: Mapping[int, str],
    ) -> Notice:
        invited = isinstance(event, friendships.FriendInvited)
        source, target = self._ids.encode(event.user_id), self._ids.encode(event.target_id)
        content = {
            "operation": "Request" if invited else "AcceptResponse",
            "sourceUserId": source,
            "targetUserId": target,
            "message": event.message if isinstance(event, friendships.FriendInvited) else "",
            "extra": {
                "sourceUserNickname": names.get(event.user_id, ""),
                "version": _milliseconds(happened.time),
            },
        }
        return Notice(happened.id, CONTACT, source, target, _json(content), event.target_id)

    def _to_group(self, happened: Happened, group: str, names: Mapping[int, str]) -> Notice:
        data = self._data(happened, names)
        content = {
            "operatorUserId": self._ids.encode(happened.event.user_id),
            "operation": _operation(happened.event),
            # SealTalk's web client reads data.data, the others read data.
            "data": {**data, "data": data},
            "message": "",
        }
        return Notice(happened.id, GROUP, SYSTEM, group, _json(content))

    def _data(self, happened: Happened, names: Mapping[int, str]) -> dict[str, Any]:
        event = happened.event
        operator = names.get(event.user_id, "")
        data: dict[str, Any] = {
            "operatorNickname": operator,
            "timestamp": _milliseconds(happened.time),
        }
        if name := getattr(event, "name", ""):
            data["targetGroupName"] = name
        if named := targets(event):
            data["targetUserIds"] = self._words(named)
            data["targetUserDisplayNames"] = [names.get(user_id, "") for user_id in named]
        if isinstance(event, groups.GroupTransferred):
            data["oldCreatorId"] = self._ids.encode(event.user_id)
            data["oldCreatorName"] = operator
            data["newCreatorId"] = self._ids.encode(event.target_id)
            data["newCreatorName"] = names.get(event.target_id, "")
        return data

    def _words(self, people: Iterable[int]) -> tuple[str, ...]:
        return tuple(map(self._ids.encode, people))


_OPERATIONS: dict[type[Event], str] = {
    groups.GroupCreated: "Create",
    groups.GroupJoined: "Add",
    groups.GroupLeft: "Quit",
    groups.MembersKicked: "Kicked",
    groups.GroupDismissed: "Dismiss",
    groups.GroupTransferred: "Transfer",
    groups.GroupChanged: "Rename",
}


def _operation(event: Event) -> str:
    return _OPERATIONS[type(event)]


def _milliseconds(time: datetime) -> int:
    return round(time.astimezone(UTC).timestamp() * 1000)


def _json(content: dict[str, Any]) -> str:
    return to_json(content).decode()
