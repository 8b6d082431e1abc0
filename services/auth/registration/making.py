"""How an account comes to be, whichever way its owner asked for it."""

from datetime import UTC, datetime

import msgspec

from services.auth.accounts import rules
from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.ids.store import Ids
from services.auth.logins.attempts import remember_network
from services.auth.logins.failures import Failures
from services.auth.passwords import rules as password_rules
from services.auth.passwords.hashing import Hash, Hasher
from services.auth.sessions.beginning import Beginning
from shared import addresses, texts
from shared.bus import Bus
from shared.contracts import accounts, profile, registration, sessions
from shared.errors import AppError
from shared.mongo import Session
from shared.outbox import Outbox
from shared.telemetry import logs, metrics

NAME_TRIES = 6
"""Usernames tried for an account whose dialect gave none."""

PROFILE_SECONDS = 2.0
"""How long registration waits for the profile; it comes by event otherwise."""

log = logs.logger("accounts")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """An account that may be made: checked, with its password hashed."""

    address: str
    username: str
    chosen: bool
    """Whether the person chose the username, so that no other one will do."""
    nickname: str
    password: Hash | None
    dialect: str


class Making:
    """Makes accounts."""

    def __init__(
        self,
        outbox: Outbox,
        bus: Bus,
        ids: Ids,
        accounts: MongoAccounts,
        hasher: Hasher,
        failures: Failures,
        beginning: Beginning,
        reserved: frozenset[str],
    ) -> None:
        self.outbox, self.bus, self.ids = outbox, bus, ids
        self.accounts, self.hasher, self.failures = accounts, hasher, failures
        self.beginning, self.reserved = beginning, reserved

    async def plan(self, new: registration.NewAccount, address: str, dialect: str) -> Plan:
        """Refuse what an account cannot begin with; hash its password."""
        if new.nickname is not None:
            texts.check_nickname(new.nickname)
        if new.username is not None:
            rules.check_username(new.username, self.reserved)
        username = new.username or rules.username_from(new.nickname or "", self.reserved)
        if new.password is not None:
            password_rules.check_new(new.password, about=(address, username))
        return Plan(
            address=address,
            username=username,
            chosen=new.username is not None,
            nickname=new.nickname or username,
            password=await self.hasher.hash(new.password) if new.password is not None else None,
            dialect=dialect,
        )

    async def make(
        self, plan: Plan, terms: sessions.Terms | None, ip: str = ""
    ) -> registration.Registered:
        """Make an account, with its first session if there are terms for one.

        Of two accounts with one address, one is refused. Where it is made from, which `ip` tells
        where there are no terms, is a network of its owner's.
        """
        account = StoredAccount(
            user_id=await self.ids.one(),
            username=plan.username,
            created_at=datetime.now(UTC),
            dialect=plan.dialect,
            phone=None if "@" in plan.address else plan.address,
            email=plan.address if "@" in plan.address else None,
            password=plan.password,
        )
        begun = await self._write_under_free_name(account, plan, terms)
        metrics.SECURITY_EVENTS.labels("registered").inc()
        log.info("user_created", user_id=account.user_id, dialect=plan.dialect)
        await remember_network(self.failures, account, terms.ip if terms else ip)
        await self._open_profile(account.user_id, plan.nickname)
        return registration.Registered(user_id=account.user_id, session=begun)

    async def _write_under_free_name(
        self, account: StoredAccount, plan: Plan, terms: sessions.Terms | None
    ) -> sessions.Session | None:
        """Write the account; a username that the person did not choose gives way if taken."""
        for _ in range(NAME_TRIES):
            try:
                return await self._write(account, plan.nickname, terms)
            except accounts.UsernameTaken:
                if plan.chosen:
                    raise
                another = rules.with_suffix(plan.username)
                account = msgspec.structs.replace(account, username=another)
        raise accounts.UsernameTaken()

    async def _write(
        self, account: StoredAccount, nickname: str, terms: sessions.Terms | None
    ) -> sessions.Session | None:
        """Commit the account, its event and its first session, or nothing."""

        async def work(session: Session) -> sessions.Session | None:
            await self.accounts.insert(
                session,
                account,
                account.email and addresses.key(account.email),
                rules.username_key(account.username),
            )
            await self.outbox.record(
                session,
                registration.UserRegistered(
                    user_id=account.user_id,
                    username=account.username,
                    nickname=nickname,
                    dialect=account.dialect,
                ),
            )
            return await self.beginning.first(session, account, terms) if terms else None

        return await self.outbox.transact(work)

    async def _open_profile(self, user_id: int, nickname: str) -> None:
        """Have the profile there for the next request; if that fails the event brings it."""
        try:
            await self.bus.ask(
                profile.open_profile,
                profile.OpenProfile(user_id=user_id, nickname=nickname),
                timeout=PROFILE_SECONDS,
            )
        except AppError as error:
            log.warning("profile.comes_later", user_id=user_id, error=error.code)
