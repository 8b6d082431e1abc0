"""The auth process: `python -m services.auth`."""

import os

from services.auth.accounts import store as account_store
from services.auth.accounts.administrator import FirstAdministrator
from services.auth.accounts.handlers import AccountHandlers
from services.auth.accounts.making import Making
from services.auth.accounts.rules import reserved_keys
from services.auth.accounts.store import MongoAccounts
from services.auth.captchas.handlers import CaptchaHandlers
from services.auth.captchas.store import RedisCaptchas
from services.auth.codes.handlers import CodeHandlers
from services.auth.codes.proofs import Proofs
from services.auth.codes.store import RedisCodes
from services.auth.config import Config
from services.auth.deletion.handlers import DeletionHandlers
from services.auth.human_checks.handlers import HumanCheckHandlers
from services.auth.human_checks.store import RedisHumanChecks
from services.auth.ids.handlers import IdHandlers
from services.auth.ids.store import Ids
from services.auth.migrations import MIGRATIONS
from services.auth.passwords.handlers import PasswordHandlers
from services.auth.passwords.hashing import Hasher
from services.auth.sessions import store as session_store
from services.auth.sessions.access import Access
from services.auth.sessions.beginning import Beginning
from services.auth.sessions.by_code import CodeLoginHandlers
from services.auth.sessions.failures import Failures
from services.auth.sessions.handlers import SessionHandlers
from services.auth.sessions.logins import Attempts
from services.auth.sessions.store import MongoSessions
from services.auth.sessions.tokens import TokenHandlers
from shared import runtime, settings
from shared.redis import Redis


async def main(config: Config) -> None:
    """Run the auth service until it is told to stop."""
    async with runtime.running("auth", "userhub_auth", config) as rt:
        await rt.prepare(MIGRATIONS, account_store.INDEXES, session_store.INDEXES)
        redis = Redis(config.redis_url)
        hasher = Hasher(
            config.peppers,
            config.hash_memory_kib,
            config.hash_passes,
            config.hash_threads,
            config.hash_queue,
        )
        mongo, outbox = rt.mongo, rt.outbox
        ids, accounts, sessions = Ids(mongo), MongoAccounts(mongo), MongoSessions(mongo)
        codes = RedisCodes(redis, config.code_key)
        proofs = Proofs(codes, config.limit_scale)
        captchas = RedisCaptchas(redis, config.code_key, keep_answers=config.env == "dev")
        failures = Failures(redis, codes.hidden, config.limit_scale)
        checks = RedisHumanChecks(redis, codes.hidden)
        attempts = Attempts(failures, checks)
        access = Access(rt.js, mongo, accounts, sessions)
        beginning = Beginning(mongo, outbox, sessions, access, config.session_keys)
        reserved = reserved_keys(config.reserved_usernames)
        making = Making(mongo, outbox, rt.bus, ids, accounts, hasher, failures, beginning, reserved)
        deletion = DeletionHandlers(mongo, outbox, accounts, sessions, access)

        await access.prepare()
        administrator = FirstAdministrator(mongo, outbox, ids, accounts, hasher, access)
        await administrator.ensure(
            config.admin_email, config.admin_password, strict=config.env == "production"
        )
        await rt.serve(
            IdHandlers(ids).table(),
            AccountHandlers(mongo, outbox, accounts, proofs, making, access).table(),
            CodeHandlers(codes, proofs, checks, rt.js, config.limit_scale).table(),
            CaptchaHandlers(captchas, config.limit_scale, dev=config.env == "dev").table(),
            PasswordHandlers(mongo, outbox, accounts, proofs, hasher, failures, access).table(),
            SessionHandlers(
                mongo, outbox, accounts, sessions, hasher, attempts, beginning, access
            ).table(),
            TokenHandlers(
                mongo, outbox, accounts, sessions, beginning, access, config.session_keys
            ).table(),
            CodeLoginHandlers(accounts, proofs, attempts, making, beginning).table(),
            HumanCheckHandlers(
                redis, checks, accounts, codes, config.limit_scale, dev=config.env == "dev"
            ).table(),
            deletion.table(),
        )
        rt.listen({**access.listeners(), **deletion.listeners()})
        await rt.until_stopped()
        await redis.close()


if __name__ == "__main__":
    runtime.run(main(settings.read_or_exit(Config, os.environ, "auth")))
