"""The process of the social service."""

import os
from collections.abc import Sequence

from services.social.config import Config
from shared import erasure, runtime, settings
from shared.contracts import auth, social
from shared.erasure import Eraser
from shared.migrations import Migration

MIGRATIONS: Sequence[Migration] = ()

ERASERS: Sequence[Eraser] = ()
"""Every store that keeps something of a person; there is none before the first feature."""


async def main(config: Config) -> None:
    """Take part in the life of accounts until told to stop."""
    async with runtime.running("social", "userhub_social", config) as rt:
        await rt.prepare(MIGRATIONS)
        await rt.serve({})
        on_deleting = erasure.listener(rt.mongo, rt.outbox, ERASERS, social.UserErased)
        rt.listen({auth.UserDeleting: on_deleting})
        await rt.until_stopped()


if __name__ == "__main__":
    runtime.run(main(settings.read_or_exit(Config, os.environ, "social")))
