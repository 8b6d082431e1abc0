"""How people are shown: to themselves and to others."""

from dataclasses import dataclass, field

import gateway.dialects.yunhu.proto.yunhu_pb2 as pb
from gateway.dialects.yunhu import countries, moments, rules, views
from shared.contracts import accounts, activity, invitations, points, remarks
from shared.contracts import medals as medal_contract
from shared.contracts.profile import Gender, Profile
from shared.contracts.vip import Vip


@dataclass(frozen=True)
class Seen:
    """What anyone may see of a person."""

    profile: Profile
    medals: list[medal_contract.Medal]
    vip: Vip | None
    activity: activity.Activity


@dataclass(frozen=True)
class About:
    """What the caller noted and decided about a person; nothing if nobody knows the caller."""

    remark: remarks.Remark = field(default_factory=lambda: remarks.Remark(chat_id=0))
    blocked: bool = False


def gender(known: Gender) -> int:
    """Give 1, 2 or 3: clients know no other number, and show 3 where nothing was said."""
    return int(known) or int(Gender.OTHER)


def is_vip(member: Vip | None) -> int:
    """Give 1 for a member, else 0."""
    return int(member is not None and member.active)


def oneself(
    account: accounts.Account,
    shown: Profile,
    balance: points.Balance,
    invitation: invitations.Invitation,
    member: Vip | None,
) -> pb.info.Data:
    """Show a person to themselves."""
    return pb.info.Data(
        id=str(account.user_id),
        name=shown.nickname,
        avatar_url=shown.avatar,
        avatar_id=shown.avatar_id,
        phone=rules.shown_phone(account.phone),
        email=account.email or "",
        coin=rules.coins(balance.points),
        is_vip=is_vip(member),
        vip_expired_time=moments.seconds(member.until if member else None),
        invitation_code=invitation.code,
    )


def somebody(seen: Seen, about: About) -> pb.get_user.Data:
    """Show a person to the caller."""
    shown, member, active = seen.profile, seen.vip, seen.activity
    return pb.get_user.Data(
        id=str(shown.user_id),
        name=shown.nickname,
        name_id=shown.name_id,
        avatar_url=shown.avatar,
        avatar_id=shown.avatar_id,
        medal=medals(seen.medals),
        register_time=moments.text(shown.created_at),
        do_not_disturb=about.remark.muted,
        online_day=active.online_days,
        continuous_online_day=active.streak,
        is_vip=is_vip(member),
        vip_expired_time=moments.seconds(member.until if member else None),
        is_blocked=about.blocked,
        top=about.remark.pinned,
        remark_info=pb.Remark_info(
            remark_name=about.remark.name,
            phone_number=about.remark.phone,
            extra_remark=rules.extras_text(about.remark.extras),
        ),
        profile_info=_profile_info(shown, active),
        ipGeo=countries.name(active.country),
    )


def _profile_info(shown: Profile, active: activity.Activity) -> pb.Profile_info:
    return pb.Profile_info(
        last_active_time=moments.text(active.last_active_at),
        introduction=shown.bio,
        gender=gender(shown.gender),
        # The field knows no numbers below 0: a birth before 1970 is left out.
        birthday_timestamp=max(0, _born(shown)),
        city=shown.region.city,
        district=shown.region.district,
        address=shown.place,
    )


def _born(shown: Profile) -> int:
    return rules.birthday_seconds(shown.birthday, shown.birthday_second)


def medals(worn: list[medal_contract.Medal]) -> list[pb.Medal_info]:
    """Show medals, in the order in which they come."""
    return [pb.Medal_info(id=one.medal_id, name=one.name, sort=one.sort) for one in worn]


def user_data(account: accounts.Account, shown: Profile) -> views.ShownUserData:
    """Show a person what they said of themselves."""
    return views.ShownUserData(
        id=account.user_id,
        user_id=str(account.user_id),
        last_login_time=moments.seconds(account.last_login_at),
        update_time=moments.seconds(shown.updated_at),
        introduction=shown.bio,
        gender=gender(shown.gender),
        birthday=_born(shown),
        province=shown.region.province,
        city=shown.region.city,
        district=shown.region.district,
        location_code=shown.region.code,
    )
