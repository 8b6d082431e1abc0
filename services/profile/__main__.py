"""The process of the profile service."""

import asyncio
import os
from pathlib import Path

from services.profile import belongings, records
from services.profile.belongings import Belongings
from services.profile.config import Config
from services.profile.migrations import MIGRATIONS
from services.profile.numbers import Numbers
from services.profile.pictures import store as picture_store
from services.profile.pictures.handlers import PictureHandlers
from services.profile.pictures.looks import Looks
from services.profile.pictures.objects import LocalFolder, ObjectStore
from services.profile.pictures.rules import Tickets
from services.profile.pictures.store import PictureStore
from services.profile.pictures.studio import VIEWS, Studio
from services.profile.pictures.sweep import sweep_for_ever
from services.profile.profiles import store as profile_store
from services.profile.profiles.handlers import ProfileHandlers
from services.profile.profiles.rules import FIRST_NUMBER
from services.profile.profiles.store import ProfileStore
from services.profile.records import Records
from shared import erasure, runtime, settings
from shared.contract import all_of
from shared.contracts import accounts, deletion, profile, registration
from shared.telemetry import logs

PAYLOAD = 6 * 1024 * 1024
"""Bytes that the bus must carry for the largest upload: 5 MiB and what is around them."""

log = logs.logger("profile")


async def main(config: Config) -> None:
    """Serve profiles and pictures until told to stop."""
    async with runtime.running("profile", "userhub_profile", config) as rt:
        await rt.prepare(
            MIGRATIONS,
            profile_store.INDEXES,
            picture_store.INDEXES,
            *belongings.INDEXES,
            *records.INDEXES,
        )
        check_payload(rt.bus.client.max_payload)
        objects = object_store(config)
        await asyncio.to_thread(objects.prepare)
        profiles, pictures = ProfileStore(rt.mongo), PictureStore(rt.mongo)
        numbers = Numbers(rt.mongo, "names_and_avatars", FIRST_NUMBER)
        profile_handlers = ProfileHandlers(profiles, pictures, numbers, rt.mongo, rt.outbox)
        studio = Studio()
        tickets = Tickets(config.upload_key)
        showing = Studio(VIEWS)
        picture_handlers = PictureHandlers(tickets, pictures, objects, studio, Looks(showing))
        belonging = Belongings(rt.mongo, rt.outbox, profiles)
        known = Records(rt.mongo, rt.outbox, profiles, pictures, objects, tickets)
        erasers = (
            profiles.erase,
            picture_handlers.erase,
            *belonging.erasers,
            *known.erasers,
        )
        ahead = (picture_handlers.erase_ahead, *belonging.ahead)
        on_deleting = erasure.listener(rt.mongo, rt.outbox, erasers, profile.UserErased, ahead)
        await rt.serve(
            profile_handlers.table(), picture_handlers.table(), *belonging.tables, *known.tables
        )
        rt.listen(
            all_of(
                {
                    registration.UserRegistered: profile_handlers.on_registered,
                    deletion.UserDeleting: on_deleting,
                    accounts.UserDisabled: profile_handlers.on_disabled,
                    accounts.UserEnabled: profile_handlers.on_enabled,
                },
                belonging.listeners,
            )
        )
        sweeping = asyncio.create_task(sweep_for_ever(pictures, objects))
        await rt.until_stopped()
        sweeping.cancel()
        studio.close()
        showing.close()


def object_store(config: Config) -> ObjectStore:
    """Choose by the settings."""
    if config.object_store == "local":
        return LocalFolder(Path(config.media_dir))
    from services.profile.pictures.s3 import S3Bucket  # brings a client that only this needs

    return S3Bucket(
        config.s3_bucket,
        endpoint=config.s3_endpoint or None,
        region=config.s3_region,
        access_key=config.s3_access_key,
        secret_key=config.s3_secret_key,
    )


def check_payload(carried: int) -> None:
    """Say what does not work with a NATS server of default settings: uploads beyond 1 MiB."""
    if carried < PAYLOAD:
        log.warning(
            "nats.payload_too_small",
            max_payload=carried,
            needed=PAYLOAD,
            why="larger pictures can neither be uploaded nor shown; raise max_payload to 8MB",
        )


if __name__ == "__main__":
    runtime.run(main(settings.read_or_exit(Config, os.environ, "profile")))
