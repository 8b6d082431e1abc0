"""Accounts through the sealtalk dialect."""

from tests.people import People


async def test_signing_up_logs_in(people: People) -> None:
    """
    Who registers has a session at once and can see their own profile.
    """
    tom = await people.one(nickname="Tom")

    reply = await tom.get(f"/user/{tom.id}")

    assert reply.json() == {
        "code": 200,
        "result": {"id": tom.id, "nickname": "Tom", "portraitUri": ""},
    }
