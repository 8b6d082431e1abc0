"""Oneself and others: who they are, what they show, and what the caller notes about them."""

import asyncio
from datetime import date
from typing import Annotated, Any

from litestar import Request, Response
from msgspec import UNSET, UnsetType, structs

import gateway.dialects.yunhu.proto.yunhu_pb2 as pb
from gateway.core import Core
from gateway.dialects.yunhu import ids, people_views, protobuf, rules, views, words
from gateway.dialects.yunhu.envelope import Done, Ok
from gateway.dialects.yunhu.words import Refused
from gateway.handlers import Handlers
from shared import addresses
from shared.caller import Caller
from shared.contracts import (
    accounts,
    activity,
    blacklist,
    invitations,
    lookups,
    medals,
    points,
    profile,
    remarks,
    vip,
)
from shared.redis import Limit

NO_SUCH_USER, BANNED = 4402, 7100
"""What `get-user` says of who is not there, or locked out (reference 0.5)."""

STRANGER_MINUTE = 300
"""People that one network may look at in a minute with tokens that are made up."""

AnyRequest = Request[Any, Any, Any]


class People(Handlers):
    """Shows people, and changes what one shows."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def info(self, caller: Caller) -> Response[bytes]:
        """Show oneself, with phone, e-mail address and coins."""
        user_id = caller.user_id
        ask, whose = self.core.bus.ask, [user_id]
        account, shown, [balance], members, invitation = await asyncio.gather(
            ask(accounts.read_account, accounts.ByUser(user_id=user_id), caller=caller),
            self.core.profiles.one(user_id),
            ask(points.read_balances, points.ReadBalances(user_ids=whose)),
            ask(vip.read_vips, vip.ReadVips(user_ids=whose)),
            ask(invitations.read_invitation, invitations.Host(user_id=user_id), caller=caller),
        )
        data = people_views.oneself(account, shown, balance, invitation, _first(members))
        return protobuf.answer(pb.info(status=protobuf.status(), data=data))

    async def show(
        self,
        data: Annotated[pb.get_user_send, protobuf.body(pb.get_user_send)],
        visitor: Caller | None,
        request: AnyRequest,
    ) -> Response[bytes]:
        """Show anybody, to anyone with a token of whatever kind.

        What only the caller knows or decided about them is there for a good token alone: remark,
        silence, pin, blacklist. 4402 for nobody, 7100 for who is locked out.
        """
        if visitor is None:
            await self._count_stranger(request)
        user_id = ids.number(data.id)
        if user_id is None:
            raise Refused(words.NO_SUCH_USER, NO_SUCH_USER)
        _, seen, about = await asyncio.gather(
            self._must_be_here(user_id), self._seen(user_id), self._about(user_id, visitor)
        )
        shown = people_views.somebody(seen, about)
        return protobuf.answer(pb.get_user(status=protobuf.status(), data=shown))

    async def _count_stranger(self, request: AnyRequest) -> None:
        """Let nobody walk through all people who did not even log in."""
        network = addresses.network(self.core.clients.ip(request))
        most = max(1, int(STRANGER_MINUTE * self.core.config.limit_scale))
        await self.core.redis.count(Limit(f"yunhu-strangers:ip:{network}", most, 60))

    async def _must_be_here(self, user_id: int) -> None:
        ask = lookups.ReadAccounts(user_ids=[user_id])
        found = await self.core.bus.ask(lookups.read_accounts, ask)
        if not found or found[0].state in (accounts.State.DELETING, accounts.State.DELETED):
            raise Refused(words.NO_SUCH_USER, NO_SUCH_USER)
        if found[0].state is accounts.State.DISABLED:
            raise Refused("用户因违规已被封禁", BANNED)

    async def _seen(self, user_id: int) -> people_views.Seen:
        ask, whose = self.core.bus.ask, [user_id]
        try:
            shown, [worn], members, [active] = await asyncio.gather(
                self.core.profiles.one(user_id),
                ask(medals.read_medals, medals.ReadMedals(user_ids=whose)),
                ask(vip.read_vips, vip.ReadVips(user_ids=whose)),
                ask(activity.read_activity, activity.ReadActivity(user_ids=whose)),
            )
        except profile.NoSuchProfile:
            raise Refused(words.NO_SUCH_USER, NO_SUCH_USER) from None
        return people_views.Seen(shown, worn.medals, _first(members), active)

    async def _about(self, user_id: int, visitor: Caller | None) -> people_views.About:
        """Read what the caller noted and decided; nothing for a made-up token."""
        if visitor is None:
            return people_views.About()
        owner, ask = visitor.user_id, self.core.bus.ask
        [remark], blocked = await asyncio.gather(
            ask(
                remarks.read_remarks,
                remarks.ReadRemarks(owner_id=owner, chat_ids=[user_id]),
                caller=visitor,
            ),
            ask(
                blacklist.blocked_among,
                blacklist.AmongBlacklist(owner_id=owner, target_ids=[user_id]),
                caller=visitor,
            ),
        )
        return people_views.About(remark, user_id in blocked)

    async def own_medals(self, caller: Caller) -> Response[bytes]:
        """List one's own medals, by their sort."""
        ask = medals.ReadMedals(user_ids=[caller.user_id])
        [worn] = await self.core.bus.ask(medals.read_medals, ask)
        rows = people_views.medals(worn.medals)
        return protobuf.answer(pb.medal(status=protobuf.status(), medal=rows))

    async def edit_nickname(
        self,
        data: Annotated[pb.edit_nickname_send, protobuf.body(pb.edit_nickname_send)],
        caller: Caller,
    ) -> Response[bytes]:
        """Set one's nickname, 1 to 64 characters; the first time pays coins."""
        name = rules.nickname(data.name)
        await self._change(profile.ChangeProfile(user_id=caller.user_id, nickname=name), caller)
        return protobuf.answer(pb.edit_nickname(status=protobuf.status()))

    async def edit_avatar(
        self,
        data: Annotated[pb.edit_avatar_send, protobuf.body(pb.edit_avatar_send)],
        caller: Caller,
    ) -> Response[bytes]:
        """Set one's avatar, by the address of an uploaded picture; the first time pays coins."""
        avatar = rules.avatar(data.url)
        await self._change(profile.ChangeProfile(user_id=caller.user_id, avatar=avatar), caller)
        return protobuf.answer(pb.edit_avatar(status=protobuf.status()))

    async def save_user_data(self, data: views.UserData, caller: Caller) -> Done:
        """Say where one lives, when one was born and who one is."""
        born = await self._birthday(data.birthday, caller)
        ask = profile.ChangeProfile(
            user_id=caller.user_id,
            bio=data.introduction,
            gender=UNSET if data.gender is UNSET else profile.Gender(data.gender),
            birthday=born[0],
            birthday_second=born[1],
            region=await self._region(data, caller),
        )
        await self._change(ask, caller)
        return Done()

    async def _birthday(
        self, seconds: int | UnsetType, caller: Caller
    ) -> tuple[date | UnsetType | None, int]:
        """Read a birthday; one that is sent back as it was shown stays, as other dialects know no
        bounds.
        """
        if seconds is UNSET:
            return UNSET, 0
        try:
            return rules.birthday(seconds)
        except Refused:
            shown = await self.core.profiles.one(caller.user_id)
            if seconds != rules.birthday_seconds(shown.birthday, shown.birthday_second):
                raise
            return UNSET, 0

    async def _region(self, data: views.UserData, caller: Caller) -> profile.Region | UnsetType:
        """Put what is given of the region into what is there."""
        given = {
            name: value
            for name, value in (
                ("province", data.province),
                ("city", data.city),
                ("district", data.district),
                ("code", rules.location_code(data.location_code)),
            )
            if value is not UNSET
        }
        if not given:
            return UNSET
        if len(given) == len(structs.fields(profile.Region)):
            return profile.Region(**given)
        shown = await self.core.profiles.one(caller.user_id)
        return structs.replace(shown.region, **given)

    async def _change(self, ask: profile.ChangeProfile, caller: Caller) -> None:
        await self.core.bus.ask(profile.change_profile, ask, caller=caller)

    async def show_user_data(self, caller: Caller) -> Ok[views.UserDataAgain]:
        """Show what one said of oneself; every key is there, whatever is not said is empty."""
        account, shown = await asyncio.gather(
            self.core.bus.ask(
                accounts.read_account, accounts.ByUser(user_id=caller.user_id), caller=caller
            ),
            self.core.profiles.one(caller.user_id),
        )
        return Ok(data=views.UserDataAgain(people_views.user_data(account, shown)))

    async def save_remarks(self, data: views.Remarks, caller: Caller) -> Done:
        """Note name, number and more about somebody, for oneself alone."""
        ask = remarks.Note(
            owner_id=caller.user_id,
            chat_id=rules.user(data.friend_id),
            name=data.name,
            phone=data.phone,
            extras=rules.extras(data.others),
        )
        await self.core.bus.ask(remarks.note, ask, caller=caller)
        return Done()


def _first(members: list[vip.Vip]) -> vip.Vip | None:
    return members[0] if members else None
