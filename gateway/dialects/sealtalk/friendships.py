"""Friendships: asking, answering, parting, and who one's friends are."""

from gateway.core import Core
from gateway.dialects.sealtalk import friend_views as views
from gateway.dialects.sealtalk.envelope import Done, Ok
from gateway.dialects.sealtalk.ids import PublicIds
from gateway.dialects.sealtalk.people import People, in_parts
from gateway.dialects.sealtalk.refusals import told_as
from gateway.errors import BadRequest
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contract import Call
from shared.contracts import friendships, relations


class Friendships(Handlers):
    """Shows and changes how a person stands to others."""

    def __init__(self, core: Core, ids: PublicIds, people: People) -> None:
        self.core, self.ids, self.people = core, ids, people

    async def invite(self, data: views.Invitation, caller: Caller) -> Ok[views.Action]:
        """Ask somebody to be friends: 400 for nobody, and for a friend."""
        ask = friendships.Invite(
            owner_id=caller.user_id,
            target_id=self.ids.given(data.friend_id),
            message=data.message,
        )
        with told_as(BadRequest, relations.NoSuchPerson):
            invited = await self.core.bus.ask(friendships.invite, ask, caller=caller)
        return Ok(result=views.Action(invited.action))

    async def agree(self, data: views.Friend, caller: Caller) -> Done:
        """Become friends with somebody who asked: 404 if they did not."""
        return await self._answer(friendships.agree, data, caller)

    async def ignore(self, data: views.Friend, caller: Caller) -> Done:
        """Leave an invitation unanswered, which the other is not told: 404 if there is none."""
        return await self._answer(friendships.ignore, data, caller)

    async def delete(self, data: views.Friend, caller: Caller) -> Done:
        """End a friendship on one's own side: 404 if there is none."""
        return await self._answer(friendships.unfriend, data, caller)

    async def _answer(
        self, call: Call[friendships.AnswerInvitation, None], data: views.Friend, caller: Caller
    ) -> Done:
        target = self.ids.given(data.friend_id)
        ask = friendships.AnswerInvitation(owner_id=caller.user_id, target_id=target)
        await self.core.bus.ask(call, ask, caller=caller)
        return Done()

    async def set_display_name(self, data: views.FriendName, caller: Caller) -> Done:
        """Call a friend by another name, or by their own again: 404 for who is no friend."""
        ask = friendships.SetFriendName(
            owner_id=caller.user_id,
            target_id=self.ids.given(data.friend_id),
            display_name=data.display_name or "",
        )
        await self.core.bus.ask(friendships.set_friend_name, ask, caller=caller)
        return Done()

    async def show_all(self, caller: Caller) -> Ok[list[views.FriendRow]]:
        """Show everybody one has or had to do with; phone numbers only of friends."""
        rows = await self.people.list_of(
            caller, friendships.list_friendships, friendships.FRIENDS_MOST
        )
        shown = await self.people.shown(one.target_id for one in rows)
        phones = await self.people.phones(rows)
        rows = [one for one in rows if one.target_id in shown]

        def view(row: friendships.Friendship) -> views.FriendRow:
            return views.friend_row(row, shown[row.target_id], phones.get(row.target_id))

        return Ok(result=await in_parts(rows, view))

    async def profile(self, caller: Caller, friend_id: str) -> Ok[views.FriendShown]:
        """Show a friend, with phone number while each is the other's friend: else 403."""
        target = self.ids.decode(friend_id)
        ask = friendships.OneFriend(owner_id=caller.user_id, target_id=target)
        row = await self.core.bus.ask(friendships.read_friendship, ask, caller=caller)
        phones = await self.people.phones([row])
        user = (await self.people.shown([target])).get(target)
        if user is None:
            raise friendships.NotFriends()
        shown = views.friend_user(user, phones.get(target))
        return Ok(result=views.FriendShown(row.display_name, shown))
