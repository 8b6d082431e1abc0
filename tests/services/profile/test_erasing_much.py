"""Leaving with more than one transaction can remove."""

from services.profile.invitations import store as invitations_store
from services.profile.invitations.store import InvitationStore
from services.profile.points import store as points_store
from services.profile.points.store import PointStore
from shared.clock import now
from shared.contracts import deletion
from tests.services.profile.images import png

MANY = 2500


def entries(user_id, count):
    """A long ledger, as the store keeps it."""
    for number in range(1, count + 1):
        yield {"user_id": user_id, "number": number, "key": f"k:{number}", "income": True} | {
            "turn": number,
            "at": now(),
            "cause": "raffle",
        }


async def test_who_has_very_much_is_erased(person, mongo, tell, upload, facts_of):
    """Entries, guests and pictures go in pieces first; nothing of them is left in the end."""
    database = mongo("userhub_profile")
    guests = [
        {"_id": -(person * 10**4 + n), "inviter_id": person, "at": now()} for n in range(MANY)
    ]
    await database["points_entries"].insert_many(entries(person, MANY))
    await database["guests"].insert_many(guests)
    await upload(person, png())

    await tell(deletion.UserDeleting(user_id=person))

    for collection, field in (
        ("points_entries", "user_id"),
        ("guests", "inviter_id"),
        ("pictures", "owner"),
    ):
        assert await database[collection].find_one({field: person}) is None, collection
    assert (await facts_of(person)).count("profile.user_erased") == 1
    brought = {"_id": {"$in": [one["_id"] for one in guests]}}
    assert await database["guests"].count_documents(brought) == MANY
    await database["guests"].delete_many(brought)


async def test_pieces_end_with_the_last_one_of_a_person(person, mongo, monkeypatch):
    """However small the pieces are, all of one person's go and nobody else's."""
    monkeypatch.setattr(points_store, "CHUNK", 3)
    monkeypatch.setattr(invitations_store, "CHUNK", 3)
    database, other = mongo("userhub_profile"), -person
    for one in (person, other):
        await database["points_entries"].insert_many(entries(one, 7))
        guests = [
            {"_id": -(abs(one) * 100 + n + (one < 0) * 50), "inviter_id": one} for n in range(7)
        ]
        await database["guests"].insert_many(guests)

    await PointStore(database).erase_ahead(person)
    await InvitationStore(database).erase_ahead(person)

    for collection, field in (("points_entries", "user_id"), ("guests", "inviter_id")):
        assert await database[collection].count_documents({field: person}) == 0
        assert await database[collection].count_documents({field: other}) == 7
        await database[collection].delete_many({field: other})
