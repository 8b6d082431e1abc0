"""Settings of a device, and adverts."""

import pytest

from shared.contracts import adverts, vip
from tests.gateway.yunhu.together import refused

VIPS_ONLY = "此功能仅限VIP用户使用"


async def test_modules_are_for_vips(citizens, operate) -> None:
    """Hidden parts are kept per device, as they were sent; others hear that it is for VIPs."""
    tom = await citizens.one()
    which, hide = {"deviceId": "1234"}, {"deviceId": "1234", "ignore": ",30,20,10"}
    assert refused(await tom.post("/v1/user/module-ignore-info", which)) == VIPS_ONLY
    assert refused(await tom.post("/v1/user/module-ignore", hide)) == VIPS_ONLY
    await operate(vip.grant_vip, vip.GrantVip(user_id=int(tom.id), days=1))

    nothing = {"id": 0, "userId": tom.id, "updateTime": 0, "deviceId": "1234", "ignore": ""}
    assert await tom.data("/v1/user/module-ignore-info", which) == {"ignore": nothing}
    await tom.done("/v1/user/module-ignore", hide)
    found = (await tom.data("/v1/user/module-ignore-info", which))["ignore"]
    assert found["updateTime"] > 10**9
    assert found == nothing | {"ignore": ",30,20,10"} | {
        key: found[key] for key in ("id", "updateTime")
    }
    other = await tom.data("/v1/user/module-ignore-info", {"deviceId": "5678"})
    assert other["ignore"]["ignore"] == ""


async def test_notifications(citizens) -> None:
    """A device registers and is read back; before that it is zeros, and again it is changed."""
    tom = await citizens.one()
    which = {"deviceId": "1114514", "registrationId": "114514"}
    found = (await tom.data("/v1/user/notification-status", which))["notification"]
    assert found == {
        "id": 0,
        "userId": tom.id,
        "deviceId": "1114514",
        "registrationId": "114514",
        "isOpen": 0,
        "type": 0,
        "delFlag": 0,
        "createTime": 0,
        "updateTime": 0,
    }
    await tom.done("/v1/user/notification-info", which | {"isOpen": 1, "type": 2})
    first = (await tom.data("/v1/user/notification-status", which))["notification"]
    assert (first["isOpen"], first["type"], first["registrationId"]) == (1, 2, "114514")
    change = which | {"registrationId": "other", "isOpen": 0, "type": 2}
    await tom.done("/v1/user/notification-info", change)

    again = (await tom.data("/v1/user/notification-status", which))["notification"]
    assert again["id"] == first["id"] > 0
    assert (again["isOpen"], again["registrationId"]) == (0, "other")
    assert again["createTime"] == first["createTime"] > 10**9


@pytest.mark.parametrize(
    "change",
    [
        {"deviceId": ""},
        {"deviceId": "x" * 513},
        {"registrationId": ""},
        {"isOpen": 2},
        {"isOpen": True},
        {"type": "2"},
        {"type": 2**31},
    ],
)
async def test_registrations_that_are_none(tom, change) -> None:
    """A registration has a device, an id, a switch and a type."""
    body = {"deviceId": "d", "registrationId": "r", "isOpen": 1, "type": 2}

    refused(await tom.post("/v1/user/notification-info", body | change))


async def test_adverts(tom, operate) -> None:
    """What administrators set is what clients are told."""
    hidden = {"androidCodeId": "", "bottomHeight": 0, "iosCodeId": "", "isShow": 0}
    assert await tom.data("/v1/user/get-user-show-adv") == hidden
    setting = adverts.ChangeSetting(
        shown=True, android_slot="123", ios_slot="456", bottom_height=80
    )
    await operate(adverts.change_setting, setting)
    try:
        found = await tom.data("/v1/user/get-user-show-adv")
    finally:
        off = adverts.ChangeSetting(shown=False, android_slot="", ios_slot="", bottom_height=0)
        await operate(adverts.change_setting, off)
    assert found == {
        "androidCodeId": "123",
        "bottomHeight": 80,
        "iosCodeId": "456",
        "isShow": 1,
    }
