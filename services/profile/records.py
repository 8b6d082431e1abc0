"""What else is known of people and where they are listed: put together here, like belongings."""

from collections.abc import Mapping, Sequence

from services.profile.nearby.handlers import NearbyHandlers
from services.profile.nearby.store import NearbyStore
from services.profile.numbers import Numbers
from services.profile.pictures.objects import ObjectStore
from services.profile.pictures.rules import Tickets
from services.profile.pictures.store import PictureStore
from services.profile.postal_addresses.handlers import PostalAddressHandlers
from services.profile.postal_addresses.store import PostalAddressStore
from services.profile.profiles.store import ProfileStore
from services.profile.recommendations import store as recommendation_store
from services.profile.recommendations.handlers import RecommendationHandlers
from services.profile.recommendations.store import RecommendationStore
from services.profile.verification import store as verification_store
from services.profile.verification.handlers import VerificationHandlers
from services.profile.verification.hiding import Hiding
from services.profile.verification.store import VerificationStore
from shared.contract import Table
from shared.erasure import Eraser
from shared.mongo import IndexModel, Mongo
from shared.outbox import Outbox

INDEXES: Sequence[Mapping[str, Sequence[IndexModel]]] = (
    recommendation_store.INDEXES,
    verification_store.INDEXES,
)


class Records:
    """The features and what they answer and erase."""

    def __init__(
        self,
        mongo: Mongo,
        outbox: Outbox,
        profiles: ProfileStore,
        pictures: PictureStore,
        objects: ObjectStore,
        tickets: Tickets,
    ) -> None:
        picks = RecommendationHandlers(mongo, RecommendationStore(mongo), profiles)
        hiding = Hiding(outbox, profiles, pictures, objects)
        verifications = VerificationHandlers(
            mongo, outbox, VerificationStore(mongo), pictures, objects, tickets, hiding
        )
        addresses = PostalAddressHandlers(
            mongo, PostalAddressStore(mongo), Numbers(mongo, "postal_addresses")
        )
        self.tables: Sequence[Table] = (
            NearbyHandlers(NearbyStore(mongo)).table(),
            picks.table(),
            verifications.table(),
            addresses.table(),
        )
        self.erasers: Sequence[Eraser] = (picks.erase, verifications.erase, addresses.erase)
