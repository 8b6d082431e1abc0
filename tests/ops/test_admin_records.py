"""`userhub admin`: verification and recommendations."""

import pytest

from shared.contracts import pictures, profile, verification
from tests.services.profile.images import png


@pytest.fixture
async def ann(bus, user_id, acting, mongo):
    """Somebody who asks to be verified, as nobody else does: the first page has them."""
    await mongo("userhub_profile")["verifications"].delete_many({})
    await bus.ask(profile.open_profile, profile.OpenProfile(user_id=user_id, nickname="Ann"))
    with acting(user_id):
        add = pictures.AddPicture(user_id=user_id, content=png())
        keys = [(await bus.ask(pictures.add_picture, add, timeout=10)).key for _ in range(2)]
        person = verification.PersonData(
            real_name="安娜", number="510904919901010100", front=keys[0], rear=keys[1]
        )
        ask = verification.SubmitVerification(
            user_id=user_id, phone_number="18781993582", desc="painter", person=person
        )
        await bus.ask(verification.submit, ask)
    return str(user_id)


async def test_an_operator_reads_and_decides(userhub, ann, http):
    """What waits is listed and shown with links that open; a decision names what was read."""
    assert ann in (await userhub("admin", "verification", "list")).out
    shown = (await userhub("admin", "verification", "show", ann)).out
    values = dict(line.split(None, 1) for line in shown.splitlines())
    assert values["number"] == "510904919901010100"
    [link, *_] = [word for word in shown.split() if word.startswith("/media/")]
    seen = await http.get(link)
    assert (seen.status_code, seen.headers["cache-control"]) == (200, "private, no-store")
    assert (await http.get(link.partition("?")[0])).status_code == 404

    late = await userhub("admin", "verification", "pass", ann, "0" * 16)
    assert (late.code, "since you read it" in late.err) == (1, True)
    refuse = ("refuse", ann, values["submission"], "--reason", "too dark")
    assert (await userhub("admin", "verification", *refuse)).code == 0
    listed = await userhub("admin", "verification", "list", "--state", "refused")
    assert ann in listed.out


async def test_an_operator_recommends(userhub, ann):
    """Who is recommended is listed until they are not any more."""
    assert (await userhub("admin", "recommendations", "add", ann)).code == 0
    assert ann in (await userhub("admin", "recommendations", "list")).out
    assert (await userhub("admin", "recommendations", "remove", ann)).code == 0
    assert ann not in (await userhub("admin", "recommendations", "list")).out


async def test_an_operator_removes_a_picture(userhub, bus, user_id, acting, http):
    """Whose it is can be seen by any of its names; once removed it is nowhere."""
    with acting(user_id):
        add = pictures.AddPicture(user_id=user_id, content=png())
        one = await bus.ask(pictures.add_picture, add, timeout=10)
    for name in (one.key, one.node, f"http://127.0.0.1/api/image/{one.key}?x=1"):
        assert str(user_id) in (await userhub("admin", "pictures", "show", name)).out

    assert (await userhub("admin", "pictures", "remove", one.key)).code == 0
    assert (await http.get(f"/media/{one.key}")).status_code == 404
    for name in (one.key, "no picture"):
        said = await userhub("admin", "pictures", "show", name)
        assert (said.code, said.err) == (1, "userhub: There is no such picture.\n")
