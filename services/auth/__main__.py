"""The auth process: `python -m services.auth`."""

import os

from services.auth.accounts import store as account_store
from services.auth.accounts.administrator import FirstAdministrator
from services.auth.accounts.handlers import AccountHandlers
from services.auth.accounts.making import Making
from services.auth.accounts.naming import Naming
from services.auth.accounts.rules import reserved_keys
from services.auth.accounts.store import MongoAccounts
from services.auth.administration.acting import Acting
from services.auth.administration.handlers import AdministrationHandlers
from services.auth.administration.sessions import PersonSessionHandlers
from services.auth.administration.store import MongoRegister
from services.auth.bindings.handlers import BindingHandlers
from services.auth.captchas.handlers import CaptchaHandlers
from services.auth.captchas.store import RedisCaptchas
from services.auth.codes.handlers import CodeHandlers
from services.auth.codes.proofs import Proofs
from services.auth.codes.store import RedisCodes
from services.auth.config import Config
from services.auth.deletion.closing import Closing
from services.auth.deletion.handlers import DeletionHandlers
from services.auth.fraud import decisions as fraud_decisions
from services.auth.fraud.budget import Budget
from services.auth.fraud.decisions import Decisions
from services.auth.fraud.guard import Guard, Owners
from services.auth.fraud.limits import SendingLimits
from services.auth.fraud.store import RedisUnverified
from services.auth.human_checks.handlers import HumanCheckHandlers
from services.auth.human_checks.store import RedisHumanChecks
from services.auth.ids.handlers import IdHandlers
from services.auth.ids.store import Ids
from services.auth.lookups import store as lookup_store
from services.auth.lookups.handlers import LookupHandlers
from services.auth.lookups.store import MongoLookups
from services.auth.migrations import MIGRATIONS
from services.auth.notices import store as notice_store
from services.auth.notices.handlers import Notices
from services.auth.notices.store import MongoNotices
from services.auth.notices.verification import VerificationNotices
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
from services.auth.snapshot.handlers import SnapshotHandlers
from shared import runtime, settings
from shared.contract import all_of
from shared.redis import Redis


async def main(config: Config) -> None:
    """Run the auth service until it is told to stop."""
    async with runtime.running("auth", "userhub_auth", config) as rt:
        await rt.prepare(
            MIGRATIONS,
            account_store.INDEXES,
            lookup_store.INDEXES,
            session_store.INDEXES,
            notice_store.INDEXES,
            fraud_decisions.INDEXES,
        )
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
        failures = Failures(redis, codes.hidden, config.limit_scale)
        decisions = Decisions(mongo, redis, codes.hidden, config.limit_scale)
        guard = Guard(
            redis,
            SendingLimits(codes.hidden, config.limit_scale, config.email_codes_hour),
            Budget(redis, config.prices(), config.day_budget()),
            config.countries(),
            RedisUnverified(redis, codes.hidden, config.limit_scale)
            if config.counts_unverified
            else None,
            decisions,
            Owners(accounts.owner_of, failures.knows),
            rt.bus,
        )
        proofs = Proofs(codes, config.limit_scale, guard.verified)
        captchas = CaptchaHandlers(
            RedisCaptchas(redis, config.code_key, keep_answers=config.env == "dev"),
            config.limit_scale,
            dev=config.env == "dev",
        )
        checks = RedisHumanChecks(redis, codes.hidden)
        attempts = Attempts(failures, checks)
        access = Access(rt.js, mongo, accounts, sessions)
        notices = Notices(MongoNotices(mongo), rt.js)
        beginning = Beginning(mongo, outbox, sessions, notices, access, config.session_keys)
        reserved = reserved_keys(config.reserved_usernames)
        making = Making(mongo, outbox, rt.bus, ids, accounts, hasher, failures, beginning, reserved)
        closing = Closing(mongo, outbox, accounts, sessions, notices, access, decisions)
        naming = Naming(outbox, accounts, reserved)
        acting = Acting(rt.bus, accounts)
        deletion = DeletionHandlers(outbox, accounts, sessions, proofs, closing)

        await access.prepare()
        administrator = FirstAdministrator(mongo, outbox, ids, accounts, hasher, access)
        await administrator.ensure(
            config.admin_email, config.admin_password, strict=config.env == "production"
        )
        await rt.serve(
            IdHandlers(ids).table(),
            AccountHandlers(accounts, sessions, proofs, making).table(),
            CodeHandlers(codes, proofs, checks, captchas, guard, rt.bus, rt.js).table(),
            guard.table(),
            captchas.table(),
            PasswordHandlers(
                mongo, outbox, accounts, proofs, hasher, failures, notices, access
            ).table(),
            BindingHandlers(mongo, outbox, accounts, proofs, hasher, failures, notices).table(),
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
            LookupHandlers(mongo, outbox, accounts, MongoLookups(mongo), naming).table(),
            SnapshotHandlers(MongoLookups(mongo)).table(),
            AdministrationHandlers(
                mongo,
                outbox,
                accounts,
                MongoRegister(mongo),
                acting,
                naming,
                closing,
                notices,
                access,
            ).table(),
            PersonSessionHandlers(mongo, outbox, accounts, sessions, acting, access).table(),
            deletion.table(),
        )
        verified = VerificationNotices(accounts, notices)
        rt.listen(
            all_of(
                access.listeners(),
                notices.listeners(),
                verified.listeners(),
                deletion.listeners(),
            )
        )
        await rt.until_stopped()
        await redis.close()


if __name__ == "__main__":
    runtime.run(main(settings.read_or_exit(Config, os.environ, "auth")))
