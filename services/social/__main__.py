"""The process of the social service."""

import os

from services.social import jobs
from services.social.config import Config
from services.social.features import INDEXES, Features
from services.social.migrations import MIGRATIONS
from shared import runtime, settings


async def main(config: Config) -> None:
    """Serve who knows whom until told to stop."""
    async with runtime.running("social", "userhub_social", config) as rt:
        await rt.prepare(MIGRATIONS, *INDEXES)
        features = Features(rt.mongo, rt.bus, rt.outbox)
        await rt.serve(features.table)
        rt.listen(features.listeners)
        async with jobs.worked_off(*features.jobs):
            await rt.until_stopped()


if __name__ == "__main__":
    runtime.run(main(settings.read_or_exit(Config, os.environ, "social")))
