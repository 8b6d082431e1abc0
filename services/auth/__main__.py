"""The auth process: `python -m services.auth`."""

import asyncio
import os

from services.auth.config import Config
from services.auth.features import INDEXES, Features
from services.auth.migrations import MIGRATIONS
from services.auth.sessions.sweep import Sweep
from shared import runtime, settings
from shared.redis import Redis
from shared.sweeping import sweep_for_ever


async def main(config: Config) -> None:
    """Run the auth service until it is told to stop."""
    async with runtime.running("auth", "userhub_auth", config) as rt:
        await rt.prepare(MIGRATIONS, *INDEXES)
        redis = Redis(config.redis_url, config.tls_ca_file)
        features = Features(config, rt.mongo, redis, rt.bus, rt.js, rt.outbox)
        await features.access.prepare()
        await features.administrator.ensure(
            config.admin_email, config.admin_password, strict=config.env == "production"
        )
        await rt.serve(features.table)
        rt.listen(features.listeners)
        sweeping = asyncio.create_task(
            sweep_for_ever("sessions", Sweep(features.accounts, features.sessions).run)
        )
        await rt.until_stopped()
        sweeping.cancel()
        await redis.close()


if __name__ == "__main__":
    runtime.run(main(settings.read_or_exit(Config, os.environ, "auth")))
