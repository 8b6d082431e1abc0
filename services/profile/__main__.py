"""The process of the profile service."""

import asyncio
import os
from functools import partial
from pathlib import Path

from services.profile.config import Config
from services.profile.features import INDEXES, Features
from services.profile.migrations import MIGRATIONS
from services.profile.pictures.objects import LocalFolder, ObjectStore
from services.profile.pictures.rules import Tickets
from services.profile.pictures.sweep import sweep_all
from shared import runtime, settings
from shared.sweeping import sweep_for_ever
from shared.telemetry import logs

PAYLOAD = 6 * 1024 * 1024
"""Bytes that the bus must carry for the largest upload: 5 MiB and what is around them."""

log = logs.logger("profile")


async def main(config: Config) -> None:
    """Serve profiles and pictures until told to stop."""
    async with runtime.running("profile", "userhub_profile", config) as rt:
        await rt.prepare(MIGRATIONS, *INDEXES)
        check_payload(rt.bus.client.max_payload)
        objects = object_store(config)
        await asyncio.to_thread(objects.prepare)
        features = Features(rt.mongo, rt.outbox, objects, Tickets(config.upload_key))
        await rt.serve(features.table)
        rt.listen(features.listeners)
        sweeping = asyncio.create_task(
            sweep_for_ever("pictures", partial(sweep_all, features.pictures, objects))
        )
        await rt.until_stopped()
        sweeping.cancel()
        features.close()


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
