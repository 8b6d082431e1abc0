"""How who wants to be a contact is shown."""

import gateway.dialects.yunhu.proto.yunhu_pb2 as pb
from gateway.dialects.yunhu import moments
from shared.contracts.contacts import Application
from shared.contracts.groups import Group
from shared.contracts.profile import Profile

WAITING = 0
"""The result of what nobody has answered."""


def request(
    one: Application, receiver: Profile, sender: Profile, group: Group | None
) -> pb.request_list.Request:
    """Show an application that waits."""
    return pb.request_list.Request(
        receiverName=receiver.nickname,
        receiverAvatar=receiver.avatar,
        name=sender.nickname,
        avatar=sender.avatar,
        groupName=group.name if group else "",
        groupAvatar=group.portrait if group else "",
        inviterId=str(sender.user_id),
        sourceType=int(one.kind),
        targetType=int(one.kind),
        targetId=str(one.group_id or receiver.user_id),
        receiverId=str(receiver.user_id),
        result=WAITING,
        inviteAt=moments.seconds(one.created_at),
        inviteAtStr=moments.text(one.created_at),
        requestId=one.application_id,
        note=one.message,
    )
