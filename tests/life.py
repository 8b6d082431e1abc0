"""A person who has used everything: what a test needs that looks at all that services keep."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from shared.bus import Bus
from shared.contracts import (
    activity,
    bindings,
    blacklist,
    bots,
    checkins,
    contacts,
    follows,
    friendships,
    groups,
    invitations,
    medals,
    module_settings,
    pictures,
    points,
    postal_addresses,
    profile,
    push_devices,
    recommendations,
    remarks,
    tasks,
    verification,
    vip,
)
from shared.contracts.contacts import ContactKind
from tests.services.auth.visitor import Visitor, new_email
from tests.services.profile.images import png


class Life:
    """What a person does who uses everything, with one other person."""

    def __init__(
        self, elder: Visitor, ann: Visitor, bob: Visitor, operate: Any, wait_for: Any
    ) -> None:
        self.elder, self.ann, self.bob = elder, ann, bob
        self.operate, self.wait_for = operate, wait_for
        self.word = f"w{uuid.uuid4().hex[:10]}"
        """Is in every text of the person."""

    async def live(self) -> None:
        await self.have_an_account()
        await self.show_oneself()
        await self.own_things()
        await self.know_people()
        await self.know_groups()

    async def have_an_account(self) -> None:
        ann, email = self.ann, new_email()
        await ann.log_in(dialect="yunhu", device_id=self.word, at_most=3)
        other = Visitor(ann.bus, address=email, ip=ann.ip)
        code = await other.code(self.wait_for, "yunhu")
        bind = bindings.BindAddress(user_id=ann.user_id, proof=other.by_code(code, "yunhu"))
        await ann.ask(bindings.bind_address, bind)
        self.words = [ann.address[3:], email, self.word]
        device = push_devices.RegisterPushDevice(
            user_id=ann.user_id,
            device_id=self.word,
            registration_id=self.word,
            is_open=True,
            type=1,
        )
        await ann.ask(push_devices.register_push_device, device)

    async def show_oneself(self) -> None:
        ann, who = self.ann, self.ann.user_id
        shown = await ann.ask(
            pictures.add_picture,
            pictures.AddPicture(user_id=who, content=png(), unless_unused=True),
        )
        change = profile.ChangeProfile(
            user_id=who,
            nickname=self.word,
            bio=self.word,
            place="四川省 成都市",
            avatar=f"http://127.0.0.1/media/{shown.key}",
        )
        await ann.ask(profile.change_profile, change)
        await self.verify()
        for call, ask in (
            (recommendations.recommend, recommendations.Recommend(user_id=who)),
            (vip.grant_vip, vip.GrantVip(user_id=who, days=3, name=self.word)),
        ):
            await self.operate(call, ask)
        medal = await self.operate(medals.create_medal, medals.NewMedal(name="Swimmer"))
        await self.operate(medals.award_medal, medals.Award(user_id=who, medal_id=medal.medal_id))

    async def verify(self) -> None:
        ann, who = self.ann, self.ann.user_id
        keys = []
        for color in ("blue", "green"):
            content = png(color=color)
            announced = await ann.ask(
                pictures.announce_picture,
                pictures.AnnouncePicture(
                    user_id=who,
                    md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
                    size=len(content),
                    media_type="image/png",
                ),
            )
            stored = pictures.StoreAnnounced(token=announced.token, content=content)
            keys.append((await ann.bus.ask(pictures.store_announced, stored)).key)
        submission = verification.SubmitVerification(
            user_id=who,
            phone_number=ann.address[3:],
            desc=self.word,
            person=verification.PersonData(
                real_name=self.word, number=self.word, front=keys[0], rear=keys[1]
            ),
        )
        await ann.ask(verification.submit, submission)

    async def own_things(self) -> None:
        ann, who = self.ann, self.ann.user_id
        address = postal_addresses.AddPostalAddress(
            user_id=who, name=self.word, phone=ann.address[3:], detail=self.word, is_default=True
        )
        grant = points.Change(user_id=who, points=700, reason=self.word, key=self.word)
        await self.operate(points.grant, grant)
        for call, ask in (
            (postal_addresses.add_address, address),
            (checkins.check_in, checkins.Checkin(user_id=who)),
            (tasks.draw, tasks.Doer(user_id=who)),
            (invitations.choose_code, invitations.ChooseCode(user_id=who, code=self.word)),
            (
                module_settings.hide_modules,
                module_settings.Hide(user_id=who, device_id=self.word, hidden=self.word),
            ),
        ):
            await ann.ask(call, ask)
        use = activity.Use(user_id=who, at=datetime.now(UTC), ip=ann.ip)
        await ann.bus.ask(activity.record_activity, activity.RecordActivity(uses=[use]))
        await self.invite()

    async def invite(self) -> None:
        """Bring somebody who came later, and be brought by somebody who came before."""
        guest = invitations.NameInviter(user_id=self.bob.user_id, code=self.word)
        await self.bob.ask(invitations.name_inviter, guest)
        came = invitations.NameInviter(
            user_id=self.ann.user_id, code=invitations.standard_code(self.elder.user_id)
        )
        await self.ann.ask(invitations.name_inviter, came)

    async def know_people(self) -> None:
        for one, two, word in self._both_ways():
            who, whom = one.user_id, two.user_id
            for call, ask in (
                (follows.follow, follows.Following(user_id=who, target_id=whom)),
                (
                    friendships.invite,
                    friendships.Invite(owner_id=who, target_id=whom, message=word),
                ),
                (remarks.note, remarks.Note(owner_id=who, chat_id=whom, name=word)),
                (blacklist.add_to_blacklist, blacklist.Blacklisting(owner_id=who, target_id=whom)),
                (
                    blacklist.remove_from_blacklist,
                    blacklist.Blacklisting(owner_id=who, target_id=whom),
                ),
            ):
                await one.ask(call, ask)
            await one.ask(follows.follow, follows.Following(user_id=who, target_id=whom))

    async def know_groups(self) -> None:
        """Found a group together, and one alone that the other wants to come into; make a bot."""
        for one, two, word in self._both_ways():
            who, whom = one.user_id, two.user_id
            make = groups.CreateGroup(owner_id=who, name="Swimmers", member_ids=[who, whom])
            together = (await one.ask(groups.create_group, make)).group_id
            await one.ask(
                groups.set_member_name,
                groups.SetMemberName(owner_id=who, group_id=together, display_name=word),
            )
            make = groups.CreateGroup(owner_id=who, name=word, member_ids=[who])
            alone = (await one.ask(groups.create_group, make)).group_id
            closed = groups.ChangeGroup(owner_id=who, group_id=alone, direct_join=False)
            await one.ask(groups.change_group, closed)
            bot = await one.ask(bots.create_bot, bots.CreateBot(owner_id=who, name=word))
            for kind, number in ((ContactKind.GROUP, alone), (ContactKind.BOT, bot.bot_id)):
                ask = contacts.Apply(owner_id=whom, contact_id=number, kind=kind)
                await two.ask(contacts.apply, ask)

    def _both_ways(self) -> Iterator[tuple[Visitor, Visitor, str]]:
        yield self.ann, self.bob, self.word
        yield self.bob, self.ann, "Bob's"


async def lived(bus: Bus, operate: Any, wait_for: Any) -> Life:
    """Give Ann, who did everything; somebody who came before her, and Bob, who came after."""
    elder, ann, bob = Visitor(bus), Visitor(bus), Visitor(bus)
    for one in (elder, ann, bob):
        token = await one.token(wait_for)
        await one.register(token, terms=one.terms(), nickname="Ann")
    life = Life(elder, ann, bob, operate, wait_for)
    await life.live()
    return life
