"""`userhub admin` for what belongs to people: points, medals, memberships, adverts."""

import pytest

from ops.admin.points import hundredths, written
from shared.contracts import profile


@pytest.fixture
async def person(bus, user_id):
    """The id of a person who has a profile."""
    await bus.ask(profile.open_profile, profile.OpenProfile(user_id=user_id, nickname="Ann"))
    return str(user_id)


async def test_points_are_given_taken_shown_and_added_up(userhub, person, mongo):
    """What is given is in the ledger, a key gives once, and a wrong balance is found out."""
    give = ("admin", "points", "give", person, "12.50", "welcome", "--key", "k")
    for _ in range(2):
        assert (await userhub(*give)).out == "entry 1: 0.00 -> 12.50\n"
    take = ("admin", "points", "take", person, "2", "a mug", "--cause", "purchase")
    assert (await userhub(*take)).code == 0
    refused = await userhub("admin", "points", "take", person, "11", "more")
    assert (refused.code, refused.out) == (1, "")
    shown = await userhub("admin", "points", "show", person)
    assert shown.out.splitlines()[0] == "10.50 points, 12.50 came in"
    rows = [line.split() for line in shown.out.splitlines()[2:]]
    assert [(row[0], row[5]) for row in rows] == [("2", "purchase"), ("1", "grant")]
    checked = await userhub("admin", "points", "check", person)
    assert checked.out == "sound: 2 entries make 10.50 points\n"

    kept = mongo("userhub_profile")["points"]
    await kept.update_one({"_id": int(person)}, {"$inc": {"points": 1}})
    checked = await userhub("admin", "points", "check", person)
    assert (checked.code, checked.out) == (1, "")
    assert "2 entries make 10.50 points, 10.51 are kept" in checked.err


async def test_medals_are_made_awarded_and_removed(userhub, person):
    """What is in the catalogue can be awarded, and leaves with its removal."""
    made = await userhub("admin", "medals", "create", "pioneer", "--sort", "3")
    number = made.out.splitlines()[1].split()[0]
    assert (await userhub("admin", "medals", "award", person, number)).code == 0
    assert " pioneer" in (await userhub("admin", "medals", "of", person)).out
    assert (await userhub("admin", "medals", "delete", number)).code == 0
    assert " pioneer" not in (await userhub("admin", "medals", "list")).out


async def test_a_membership_is_granted_and_ended(userhub, person):
    """Its level, name and end are shown, and that it is over."""
    assert (await userhub("admin", "vip", "show", person)).out == "never was a member\n"
    granted = await userhub("admin", "vip", "grant", person, "30", "--level", "high")
    assert granted.out.startswith("high (黑钻会员) until ")
    assert (await userhub("admin", "vip", "end", person)).code == 0
    assert (await userhub("admin", "vip", "show", person)).out.endswith(", over\n")


async def test_adverts_are_set_piece_by_piece(userhub, mongo):
    """What is not given stays as it was."""
    docs = mongo("userhub_profile")["adverts"]
    await docs.delete_many({})
    await userhub("admin", "adverts", "set", "--shown", "yes", "--android-slot", "7")
    await userhub("admin", "adverts", "set", "--bottom-height", "60")
    shown = await userhub("admin", "adverts", "show")
    await docs.delete_many({})
    assert shown.out.splitlines() == [
        "shown: yes",
        "vips-see: no",
        "android-slot: 7",
        "ios-slot: ",
        "bottom-height: 60",
    ]
    assert (await userhub("admin", "adverts", "set", "--shown", "maybe")).code == 2


@pytest.mark.parametrize(("text", "amount"), [("5", 500), ("12.50", 1250), ("0.01", 1)])
def test_amounts_have_two_places(text, amount):
    """What is written is read again."""
    assert hundredths(text) == amount
    assert hundredths(written(amount)) == amount


@pytest.mark.parametrize("text", ["0", "-1", "0.001", "x", "", "NaN", "Infinity", "1e30"])
def test_what_is_no_amount_is_refused(text):
    """Nothing, less, fractions of hundredths, and what is no number."""
    with pytest.raises(Exception, match="no amount"):
        hundredths(text)
