"""Every feature of the profile service, put together: what is answered and what is heard."""

from collections.abc import Mapping, Sequence

from services.profile.activity import store as activity_store
from services.profile.activity.handlers import ActivityHandlers
from services.profile.adverts.handlers import AdvertHandlers
from services.profile.checkins.handlers import CheckinHandlers
from services.profile.invitations import store as invitation_store
from services.profile.invitations.handlers import InvitationHandlers
from services.profile.medals import store as medal_store
from services.profile.medals.handlers import MedalHandlers
from services.profile.module_settings import store as module_store
from services.profile.module_settings.handlers import ModuleSettingHandlers
from services.profile.nearby.handlers import NearbyHandlers
from services.profile.nearby.store import NearbyStore
from services.profile.numbers import Numbers
from services.profile.people import People
from services.profile.pictures import store as picture_store
from services.profile.pictures.handlers import PictureHandlers
from services.profile.pictures.looks import Looks
from services.profile.pictures.objects import ObjectStore
from services.profile.pictures.rules import Tickets
from services.profile.pictures.store import PictureStore
from services.profile.pictures.studio import VIEWS, Studio
from services.profile.points import income as point_income
from services.profile.points import store as point_store
from services.profile.points.handlers import PointHandlers
from services.profile.points.ledger import Ledger
from services.profile.postal_addresses.handlers import PostalAddressHandlers
from services.profile.postal_addresses.store import PostalAddressStore
from services.profile.profiles import store as profile_store
from services.profile.profiles.handlers import ProfileHandlers
from services.profile.profiles.rules import FIRST_NUMBER
from services.profile.profiles.store import ProfileStore
from services.profile.recommendations import store as recommendation_store
from services.profile.recommendations.handlers import RecommendationHandlers
from services.profile.recommendations.store import RecommendationStore
from services.profile.tasks.handlers import TaskHandlers
from services.profile.verification import store as verification_store
from services.profile.verification.handlers import VerificationHandlers
from services.profile.verification.hiding import Hiding
from services.profile.verification.store import VerificationStore
from services.profile.vip.handlers import VipHandlers
from shared import erasure
from shared.contract import Listeners, Table, all_of
from shared.contracts import accounts, deletion, profile, registration
from shared.mongo import IndexModel, Mongo
from shared.outbox import Outbox

INDEXES: Sequence[Mapping[str, Sequence[IndexModel]]] = (
    profile_store.INDEXES,
    picture_store.INDEXES,
    activity_store.INDEXES,
    invitation_store.INDEXES,
    medal_store.INDEXES,
    module_store.INDEXES,
    point_store.INDEXES,
    point_income.INDEXES,
    recommendation_store.INDEXES,
    verification_store.INDEXES,
)


class Features:
    """The features of one process, each built of what it needs of the others."""

    def __init__(
        self, mongo: Mongo, outbox: Outbox, objects: ObjectStore, tickets: Tickets
    ) -> None:
        profiles, self.pictures = ProfileStore(mongo), PictureStore(mongo)
        people = People(mongo, profiles)
        ledger = Ledger(mongo, outbox, people)
        self._studios = studio, showing = Studio(), Studio(VIEWS)

        names = Numbers(mongo, "names_and_avatars", FIRST_NUMBER)
        showing_people = ProfileHandlers(profiles, self.pictures, names, mongo, outbox)
        uploading = PictureHandlers(tickets, self.pictures, objects, studio, Looks(showing))
        earning = PointHandlers(mongo, outbox, ledger, profiles)
        tasks = TaskHandlers(mongo, outbox, ledger)
        activity = ActivityHandlers(mongo, people)
        inviting = InvitationHandlers(mongo, outbox, ledger, people)
        hiding = Hiding(outbox, profiles, self.pictures, objects)
        verifying = VerificationHandlers(
            mongo, outbox, VerificationStore(mongo), self.pictures, objects, tickets, hiding
        )
        addresses = PostalAddressHandlers(
            mongo, PostalAddressStore(mongo), Numbers(mongo, "postal_addresses")
        )

        erased_with_people = (
            uploading,
            earning,
            tasks,
            activity,
            CheckinHandlers(mongo, outbox, ledger),
            inviting,
            MedalHandlers(mongo, outbox, people),
            ModuleSettingHandlers(mongo, people),
            VipHandlers(mongo, outbox, people),
            RecommendationHandlers(mongo, RecommendationStore(mongo), profiles),
            verifying,
            addresses,
        )
        handlers = (
            showing_people,
            *erased_with_people,
            AdvertHandlers(mongo),
            NearbyHandlers(NearbyStore(mongo)),
        )
        self.table: Table = {
            call: answer for one in handlers for call, answer in one.table().items()
        }
        on_deleting = erasure.listener(
            mongo,
            outbox,
            [profiles.erase, *(one.erase for one in erased_with_people)],
            profile.UserErased,
            (uploading.erase_ahead, earning.erase_ahead, inviting.erase_ahead),
        )
        self.listeners: Listeners = all_of(
            {
                registration.UserRegistered: showing_people.on_registered,
                deletion.UserDeleting: on_deleting,
                accounts.UserDisabled: showing_people.on_disabled,
                accounts.UserEnabled: showing_people.on_enabled,
                profile.ProfileChanged: earning.on_profile_changed,
            },
            {
                accounts.UserDisabled: activity.on_disabled,
                accounts.UserEnabled: activity.on_enabled,
                profile.ProfileChanged: tasks.on_profile_changed,
            },
        )

    def close(self) -> None:
        """End the threads that draw."""
        for studio in self._studios:
            studio.close()
