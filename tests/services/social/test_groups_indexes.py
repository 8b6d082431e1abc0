"""Every query about groups is answered from an index, in its order."""

from shared.contracts import deletion, groups, relations
from tests.services.social.client import Client

WATCHED = ("groups", "memberships")


async def test_every_query_uses_an_index(
    a_group, fresh_people, ask_as, sync, tell, announced, watched
):
    """Whatever is done with groups, no collection is scanned and nothing is sorted afterwards."""
    queries = await watched(*WATCHED)
    group_id, [ann, bob, cem] = await a_group(3)
    [dan] = await fresh_people(1)
    about = {"group_id": group_id}
    anns, bobs = Client(ann), Client(bob)
    await sync(anns)
    await sync(bobs)
    await ask_as(groups.join_group, owner_id=dan, **about)
    await ask_as(groups.kick_members, owner_id=ann, member_ids=[bob, dan], **about)
    await ask_as(groups.add_members, owner_id=cem, member_ids=[bob, dan], **about)
    await ask_as(groups.change_group, owner_id=ann, name="Climbers", **about)
    await ask_as(groups.set_member_name, owner_id=bob, display_name="Bobby", **about)
    await ask_as(groups.transfer_group, owner_id=ann, target_id=bob, **about)
    await ask_as(groups.read_group, owner_id=dan, **about)
    await ask_as(groups.list_members, owner_id=dan, **about)
    await ask_as(groups.list_groups, owner_id=dan)
    await sync(anns)
    await sync(bobs)
    await ask_as(groups.quit_group, owner_id=bob, **about)
    await tell(deletion.UserDeleting(user_id=ann))
    await announced(relations.UserErased, user_id=ann)
    seen = await ask_as(groups.read_group, owner_id=dan, **about)
    await ask_as(groups.dismiss_group, owner_id=seen.creator_id, **about)

    noted = await queries()

    assert {one["ns"].partition(".")[2] for one in noted} == set(WATCHED)
    plans = [one for one in noted if "planSummary" in one]
    assert len(plans) > 50
    bad = [
        one["command"]
        for one in plans
        if "COLLSCAN" in one["planSummary"] or one.get("hasSortStage")
    ]
    assert bad == []
    used = {one["planSummary"] for one in plans}
    for index in (
        "{ group: 1, user: 1 }",
        "{ group: 1, created_at: 1, user: 1 }",
        "{ user: 1, group: 1 }",
        "{ group: 1, updated_at: 1 }",
        "{ user: 1 }",
        "{ creator_id: 1, name: 1 }",
    ):
        assert any(index in summary for summary in used), (index, used)
