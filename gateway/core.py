"""What every dialect is given: the bus, who is asking, profiles, limits, and the settings."""

from dataclasses import dataclass

from nats.aio.client import Client

from gateway.activity import Activity
from gateway.clients import Clients
from gateway.config import Config
from gateway.images import ImageStorage, image_storage
from gateway.profiles import Profiles
from gateway.sessions import Sessions
from shared.bus import Bus
from shared.redis import Redis


@dataclass(frozen=True)
class Core:
    """The parts of a gateway process."""

    config: Config
    nats: Client
    bus: Bus
    redis: Redis
    sessions: Sessions
    profiles: Profiles
    clients: Clients
    activity: Activity
    images: ImageStorage

    @classmethod
    def build(cls, config: Config) -> "Core":
        """Make the parts; connecting comes later."""
        nats = Client()
        bus = Bus(nats, config.caller_keys)
        clients = Clients(config.trusted_proxies)
        activity = Activity(clients)
        return cls(
            config=config,
            nats=nats,
            bus=bus,
            redis=Redis(config.redis_url, config.tls_ca_file),
            sessions=Sessions(nats.jetstream(timeout=5), config.session_keys, activity.saw),
            profiles=Profiles(bus),
            clients=clients,
            activity=activity,
            images=image_storage(config, bus),
        )
