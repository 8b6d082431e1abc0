"""The protobuf messages as the page prints them: made here of its field numbers alone.

What the gateway compiles is not used, so that a wrong number in its `.proto` is found.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field

PACKAGE = "page"

Fields = dict[str, tuple[int, str]]
"""Number and type by name; a type that is no scalar names a message, `*` in front repeats it."""

PAGE: dict[str, Fields] = {
    "Status": {"number": (1, "uint64"), "code": (2, "uint64"), "msg": (3, "string")},
    "info": {"status": (1, "Status"), "data": (2, "info_Data")},
    "info_Data": {
        "id": (1, "string"),
        "name": (2, "string"),
        "avatar_url": (4, "string"),
        "avatar_id": (5, "uint64"),
        "phone": (6, "string"),
        "email": (7, "string"),
        "coin": (8, "double"),
        "is_vip": (9, "int32"),
        "vip_expired_time": (10, "uint64"),
        "invitation_code": (12, "string"),
    },
    "get_user_send": {"id": (2, "string")},
    "Medal_info": {"id": (1, "uint64"), "name": (2, "string"), "sort": (5, "uint64")},
    "Remark_info": {
        "remark_name": (1, "string"),
        "phone_number": (2, "string"),
        "extra_remark": (3, "string"),
    },
    "Profile_info": {
        "last_active_time": (1, "string"),
        "introduction": (2, "string"),
        "gender": (3, "int32"),
        "birthday_timestamp": (4, "uint64"),
        "city": (5, "string"),
        "district": (6, "string"),
        "address": (7, "string"),
    },
    "get_user": {"status": (1, "Status"), "data": (2, "get_user_Data")},
    "get_user_Data": {
        "id": (1, "string"),
        "name": (2, "string"),
        "name_id": (3, "uint64"),
        "avatar_url": (4, "string"),
        "avatar_id": (5, "uint64"),
        "medal": (6, "*Medal_info"),
        "register_time": (7, "string"),
        "ban_time": (10, "uint64"),
        "online_day": (11, "uint64"),
        "continuous_online_day": (12, "uint64"),
        "is_vip": (13, "int32"),
        "vip_expired_time": (14, "uint64"),
        "remark_info": (18, "Remark_info"),
        "profile_info": (19, "Profile_info"),
        "ipGeo": (20, "string"),
    },
    "medal": {"status": (1, "Status"), "medal": (2, "*Medal_info")},
    "edit_nickname_send": {"name": (3, "string")},
    "edit_nickname": {"status": (1, "Status")},
    "edit_avatar_send": {"url": (2, "string")},
    "edit_avatar": {"status": (1, "Status")},
}
"""The five documented endpoints."""

IMPLIED: dict[str, Fields] = {
    "clients": {"status": (1, "Status"), "devices": (2, "*Device")},
    "Device": {
        "user_id": (1, "string"),
        "platform": (3, "string"),
        "device_id": (4, "string"),
        "login_timestamp": (5, "int64"),
    },
    "mine": {"do_not_disturb": (8, "bool"), "is_blocked": (16, "bool"), "top": (17, "bool")},
    "request_list": {
        "status": (1, "Status"),
        "requests": (2, "*Request"),
        "total": (3, "int32"),
        "pending": (4, "int32"),
    },
    "Request": {
        "receiverName": (1, "string"),
        "receiverAvatar": (2, "string"),
        "name": (3, "string"),
        "avatar": (4, "string"),
        "groupName": (5, "string"),
        "groupAvatar": (6, "string"),
        "inviterId": (7, "string"),
        "sourceType": (9, "int32"),
        "targetType": (10, "int32"),
        "targetId": (11, "string"),
        "receiverId": (12, "string"),
        "result": (13, "int32"),
        "processedAt": (14, "int64"),
        "inviteAt": (16, "int64"),
        "inviteAtStr": (17, "string"),
        "requestId": (18, "int32"),
        "note": (23, "string"),
    },
    "address_book_list": {"status": (1, "Status"), "data": (2, "*List")},
    "List": {"list_name": (1, "string"), "data": (2, "*Entry"), "chat_type": (3, "int32")},
    "Entry": {
        "chat_id": (1, "string"),
        "remark": (2, "string"),
        "avatar_url": (3, "string"),
        "permisson_level": (4, "int32"),
        "noDisturb": (5, "bool"),
        "name": (8, "string"),
    },
    "create_group_send": {
        "name": (2, "string"),
        "introduction": (3, "string"),
        "avatar_url": (4, "string"),
    },
    "create_group": {"status": (1, "Status"), "group_id": (2, "string")},
    "edit_group_send": {
        "group_id": (2, "string"),
        "name": (3, "string"),
        "introduction": (4, "string"),
        "avatar_url": (5, "string"),
        "direct_join": (6, "int32"),
        "history_msg": (7, "int32"),
        "category_name": (8, "string"),
        "category_id": (9, "int64"),
        "private": (10, "int32"),
        "hide_group_members": (11, "int32"),
    },
    "edit_group": {"status": (1, "Status")},
    "create_bot_send": {
        "name": (2, "string"),
        "introduction": (3, "string"),
        "avatar_url": (4, "string"),
        "private": (5, "int32"),
    },
    "Bot": {"bot_id": (1, "string")},
    "create_bot": {"status": (1, "Status"), "data": (2, "Bot")},
}
"""Those of endpoints that clients use besides (reference 1.3, 2.3 to 2.5)."""


def _made() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="page.proto", package=PACKAGE, syntax="proto3")
    for name, fields in (PAGE | IMPLIED).items():
        message = file.message_type.add(name=name)
        for field, (number, type_name) in fields.items():
            label = Field.LABEL_REPEATED if type_name[0] == "*" else Field.LABEL_OPTIONAL
            one, kind = message.field.add(name=field, number=number), type_name.lstrip("*")
            one.label = label
            if kind[0].isupper() or "_Data" in kind:
                one.type, one.type_name = Field.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
            else:
                one.type = Field.Type.Value(f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))
        for name in (PAGE | IMPLIED)
    }


MESSAGES = _made()
"""A class for each message, by the page's name."""


def write(name: str, /, **fields: Any) -> bytes:
    """Encode a message."""
    content: bytes = MESSAGES[name](**fields).SerializeToString()
    return content


def read(name: str, content: bytes) -> Any:
    """Decode a message; what a field of ours does not know stays unknown."""
    return MESSAGES[name].FromString(content)
