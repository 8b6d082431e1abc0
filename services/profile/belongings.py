"""What belongs to a person beside what they show: put together here, started with the service."""

from collections.abc import Mapping, Sequence

from services.profile.activity import store as activity_store
from services.profile.activity.handlers import ActivityHandlers
from services.profile.adverts.handlers import AdvertHandlers
from services.profile.checkins.handlers import CheckinHandlers
from services.profile.invitations import store as invitations_store
from services.profile.invitations.handlers import InvitationHandlers
from services.profile.medals import store as medals_store
from services.profile.medals.handlers import MedalHandlers
from services.profile.module_settings import store as modules_store
from services.profile.module_settings.handlers import ModuleSettingHandlers
from services.profile.people import People
from services.profile.points import income as points_income
from services.profile.points import store as points_store
from services.profile.points.handlers import PointHandlers
from services.profile.points.ledger import Ledger
from services.profile.profiles.store import ProfileStore
from services.profile.tasks.handlers import TaskHandlers
from services.profile.vip.handlers import VipHandlers
from shared.contract import Listeners, Table
from shared.contracts import accounts, profile
from shared.erasure import Ahead, Eraser
from shared.mongo import IndexModel, Mongo, Session
from shared.outbox import Outbox

INDEXES: Sequence[Mapping[str, Sequence[IndexModel]]] = (
    activity_store.INDEXES,
    invitations_store.INDEXES,
    medals_store.INDEXES,
    modules_store.INDEXES,
    points_store.INDEXES,
    points_income.INDEXES,
)


class Belongings:
    """The features and what they answer, hear and erase."""

    def __init__(self, mongo: Mongo, outbox: Outbox, profiles: ProfileStore) -> None:
        people = People(mongo, profiles)
        ledger = Ledger(mongo, outbox, people)
        self._points = PointHandlers(mongo, outbox, ledger, profiles)
        self._tasks = TaskHandlers(mongo, outbox, ledger)
        activity = ActivityHandlers(mongo, people)
        invitations = InvitationHandlers(mongo, outbox, ledger, people)
        features = (
            self._points,
            self._tasks,
            activity,
            CheckinHandlers(mongo, outbox, ledger),
            invitations,
            MedalHandlers(mongo, outbox, people),
            ModuleSettingHandlers(mongo, people),
            VipHandlers(mongo, outbox, people),
        )
        self.tables: Sequence[Table] = [
            *(one.table() for one in features),
            AdvertHandlers(mongo).table(),
        ]
        self.erasers: Sequence[Eraser] = [one.erase for one in features]
        self.ahead: Sequence[Ahead] = (self._points.erase_ahead, invitations.erase_ahead)
        self.listeners: Listeners = {
            profile.ProfileChanged: self._on_profile_changed,
            accounts.UserDisabled: activity.on_disabled,
            accounts.UserEnabled: activity.on_enabled,
        }

    async def _on_profile_changed(self, event: profile.ProfileChanged, session: Session) -> None:
        await self._points.on_profile_changed(event, session)
        await self._tasks.on_profile_changed(event, session)
