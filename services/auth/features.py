"""Every feature of the auth service, put together: what is answered and what is heard."""

from collections.abc import Mapping, Sequence

from nats.js import JetStreamContext

from services.auth.accounts import store as account_store
from services.auth.accounts.administrator import FirstAdministrator
from services.auth.accounts.handlers import AccountHandlers
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
from services.auth.logins.attempts import Attempts
from services.auth.logins.by_code import CodeLoginHandlers
from services.auth.logins.failures import Failures
from services.auth.logins.handlers import LoginHandlers
from services.auth.logins.homes import Homes
from services.auth.lookups import store as lookup_store
from services.auth.lookups.handlers import LookupHandlers
from services.auth.lookups.store import MongoLookups
from services.auth.notices import store as notice_store
from services.auth.notices.handlers import Notices
from services.auth.notices.store import MongoNotices
from services.auth.notices.verification import VerificationNotices
from services.auth.passwords.handlers import PasswordHandlers
from services.auth.passwords.hashing import Hasher
from services.auth.registration.handlers import RegistrationHandlers
from services.auth.registration.making import Making
from services.auth.sessions import store as session_store
from services.auth.sessions.access import Access
from services.auth.sessions.beginning import Beginning
from services.auth.sessions.handlers import SessionHandlers
from services.auth.sessions.store import MongoSessions
from services.auth.sessions.tokens import TokenHandlers
from services.auth.snapshot.handlers import SnapshotHandlers
from shared.bus import Bus
from shared.contract import Table, all_of
from shared.mongo import IndexModel, Mongo
from shared.outbox import Outbox
from shared.redis import Redis

INDEXES: Sequence[Mapping[str, Sequence[IndexModel]]] = (
    account_store.INDEXES,
    lookup_store.INDEXES,
    session_store.INDEXES,
    notice_store.INDEXES,
    fraud_decisions.INDEXES,
)


class Features:
    """The features of one process, each built of what it needs of the others."""

    def __init__(
        self,
        config: Config,
        mongo: Mongo,
        redis: Redis,
        bus: Bus,
        js: JetStreamContext,
        outbox: Outbox,
    ) -> None:
        dev, scale = config.env == "dev", config.limit_scale
        self.hasher = hasher = Hasher(
            config.peppers,
            config.hash_memory_kib,
            config.hash_passes,
            config.hash_threads,
            config.hash_queue,
        )
        ids = Ids(mongo)
        self.sessions = sessions = MongoSessions(mongo)
        self.accounts = accounts = MongoAccounts(mongo)
        self.codes = codes = RedisCodes(redis, config.code_key)
        failures = Failures(redis, codes.hidden, scale)
        checks = RedisHumanChecks(redis, codes.hidden, scale, keep_answers=dev)
        homes = Homes(accounts, failures)
        decisions = Decisions(mongo, redis, codes.hidden, scale)
        guard = Guard(
            redis,
            SendingLimits(codes.hidden, scale, config.email_codes_hour),
            Budget(redis, config.prices(), config.day_budget()),
            config.countries(),
            RedisUnverified(redis, codes.hidden, scale) if config.counts_unverified else None,
            decisions,
            Owners(homes.owner, homes.knows),
            bus,
        )
        self.proofs = proofs = Proofs(codes, accounts, failures, scale, guard.verified)
        captchas = CaptchaHandlers(
            RedisCaptchas(redis, config.code_key, keep_answers=dev), scale, dev=dev
        )
        attempts = Attempts(failures, checks)
        self.access = access = Access(js, mongo, accounts, sessions)
        self.notices = notices = Notices(MongoNotices(mongo), js)
        beginning = Beginning(outbox, accounts, sessions, notices, access, config.session_keys)
        reserved = reserved_keys(config.reserved_usernames)
        naming, acting = Naming(outbox, accounts, reserved), Acting(bus, accounts)
        making = Making(outbox, bus, ids, accounts, hasher, failures, beginning, reserved)
        self.closing = closing = Closing(outbox, accounts, sessions, notices, access, decisions)
        deletion = DeletionHandlers(outbox, accounts, sessions, proofs, closing, failures)
        self.administrator = FirstAdministrator(outbox, ids, accounts, hasher, access)

        handlers = (
            IdHandlers(ids),
            RegistrationHandlers(accounts, proofs, making),
            AccountHandlers(outbox, accounts, sessions, naming),
            LookupHandlers(MongoLookups(mongo)),
            SnapshotHandlers(MongoLookups(mongo), outbox),
            CodeHandlers(codes, proofs, checks, captchas, guard, bus, js),
            guard,
            captchas,
            HumanCheckHandlers(redis, checks, accounts, codes, scale, dev=dev),
            PasswordHandlers(outbox, accounts, proofs, hasher, failures, notices, access),
            BindingHandlers(outbox, accounts, proofs, hasher, failures, notices),
            LoginHandlers(accounts, hasher, attempts, beginning),
            CodeLoginHandlers(accounts, proofs, attempts, making, beginning),
            SessionHandlers(outbox, accounts, sessions, access),
            TokenHandlers(outbox, accounts, sessions, beginning, access, config.session_keys),
            AdministrationHandlers(
                outbox, accounts, MongoRegister(mongo), acting, naming, closing, notices, access
            ),
            PersonSessionHandlers(outbox, accounts, sessions, acting, access),
            deletion,
        )
        self.table: Table = {
            call: answer for one in handlers for call, answer in one.table().items()
        }
        self.listeners = all_of(
            access.listeners(),
            notices.listeners(),
            VerificationNotices(accounts, notices).listeners(),
            deletion.listeners(),
        )
