"""Somebody at an address of the network, for whom a gateway asks the auth service."""

import asyncio
import ipaddress
import itertools
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

from shared.bus import Bus
from shared.caller import Caller, signed_caller
from shared.contracts import (
    accounts,
    codes,
    human_checks,
    logins,
    notify,
    passwords,
    registration,
    sessions,
)
from shared.redis import Limit
from tests.people import fresh_phone

PASSWORD = "correct horse battery"
PURPOSE = "sealtalk.register"
RESET = "sealtalk.reset"

WRITTEN_DOWN: set[str] = set()
"""Every phone number, e-mail address, code and token of these tests: none may leak anywhere."""

_hosts = itertools.count(random.randrange(2**19) * 2**8)
_emails = itertools.count()


def new_ip() -> str:
    """Give an IPv4 address that no other test uses (240.0.0.0/4 is reserved)."""
    return str(ipaddress.ip_address("240.0.0.0") + next(_hosts))


def new_phone() -> str:
    """Give a phone number that no other test uses."""
    return written(f"+86{fresh_phone()}")


def new_email() -> str:
    """Give an e-mail address that no other test uses."""
    return written(f"Ann.{uuid.uuid4().hex[:12]}.{next(_emails)}@Example.com")


def another(code: str) -> str:
    """Give a code that is not this one."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


def written(secret: str) -> str:
    """Write a secret down, to look for it in the end."""
    WRITTEN_DOWN.add(secret)
    return secret


@dataclass
class Visitor:
    """A person who wants something of auth."""

    bus: Bus
    address: str = field(default_factory=new_phone)
    ip: str = field(default_factory=new_ip)
    password: str = PASSWORD
    user_id: int = 0
    session: sessions.Session | None = None

    def terms(self, **fields) -> sessions.Terms:
        return sessions.Terms(
            **({"dialect": "sealtalk", "ip": self.ip, "device": "phone"} | fields)
        )

    async def send(self, purpose: str = PURPOSE, **fields) -> None:
        usual: dict[str, Any] = {"address": self.address, "ip": self.ip, "cooldown": 0}
        await self.bus.ask(codes.send_code, codes.SendCode(purpose=purpose, **(usual | fields)))

    async def messages(self) -> list[notify.InboxMessage]:
        return await self.bus.ask(notify.read_inbox, notify.ReadInbox(to=self.address))

    async def sent(self) -> list[notify.InboxMessage]:
        """Give the messages with a code in them."""
        return [one for one in await self.messages() if one.code]

    async def code(self, wait_for: Any, purpose: str = PURPOSE, **fields) -> str:
        """Have a code sent and read it."""
        before = len(await self.sent())
        await self.send(purpose, **fields)

        async def arrived():
            found = await self.sent()
            return found if len(found) > before else None

        newest = (await wait_for(arrived))[0]
        return written(newest.code)

    async def check(self, code: str, purpose: str = PURPOSE, **fields) -> str:
        usual = {"address": self.address, "code": code, "ip": self.ip}
        ask = codes.CheckCode(purpose=purpose, **(usual | fields))
        return written((await self.bus.ask(codes.check_code, ask)).token)

    async def token(self, wait_for: Any, purpose: str = PURPOSE) -> str:
        """Prove the address, for a token of one use."""
        return await self.check(await self.code(wait_for, purpose), purpose)

    async def register(self, token: str, **fields) -> registration.Registered:
        usual: dict[str, Any] = {
            "proof": codes.ByToken(token=token, purpose=fields.pop("purpose", PURPOSE)),
            "password": self.password,
            "dialect": "sealtalk",
            "terms": self.terms(),
        }
        done = await self.bus.ask(registration.register, registration.Register(**(usual | fields)))
        self.user_id, self.session = done.user_id, done.session
        if done.session:
            written(done.session.token)
        return done

    async def log_in(
        self,
        password: str | None = None,
        login: str | None = None,
        human_after: int | None = None,
        **terms,
    ) -> sessions.Session:
        ask = logins.LogIn(
            login=login or self.address,
            password=password or self.password,
            terms=self.terms(**terms),
            human_after=human_after,
        )
        session = await self.bus.ask(logins.log_in, ask)
        written(session.token)
        return session

    async def enter(self, code: str, purpose: str = PURPOSE, **fields) -> logins.Entered:
        """Log in with a code."""
        usual: dict[str, Any] = {"address": self.address, "terms": self.terms()}
        ask = logins.LogInByCode(code=code, purpose=purpose, **(usual | fields))
        entered = await self.bus.ask(logins.log_in_by_code, ask)
        written(entered.session.token)
        return entered

    def by_code(self, code: str, purpose: str = PURPOSE) -> codes.ByCode:
        """Give the proof that a code is."""
        return codes.ByCode(address=self.address, code=code, purpose=purpose, ip=self.ip)

    async def pass_human_check(self) -> None:
        """Solve a slider for this address."""
        make = human_checks.MakePuzzle(address=self.address, ip=self.ip)
        await self.bus.ask(human_checks.make_puzzle, make)
        of = human_checks.OfAddress(address=self.address)
        x = int((await self.bus.ask(human_checks.puzzle_answer, of)).answer)
        await self.slide(x)

    async def slide(self, x: int) -> None:
        """Put the piece somewhere."""
        ask = human_checks.SolvePuzzle(address=self.address, x=x, ip=self.ip)
        await self.bus.ask(human_checks.solve_puzzle, ask)

    async def ask(self, call, message, session: sessions.Session | None = None):
        """Ask as this person, signed by the gateway."""
        session = session or self.session
        caller = Caller(self.user_id, session.session_id if session else "0" * 32)
        before = signed_caller.set(None)
        try:
            return await self.bus.ask(call, message, caller=caller)
        finally:
            signed_caller.reset(before)

    async def change_password(
        self, present: str | None, new: str, session: sessions.Session | None = None
    ):
        session = session or self.session
        assert session
        message = passwords.ChangePassword(
            user_id=self.user_id,
            session_id=session.session_id,
            present=present,
            new=new,
            ip=self.ip,
        )
        await self.ask(passwords.change_password, message, session)

    async def devices(self):
        return await self.ask(sessions.list_devices, accounts.ByUser(user_id=self.user_id))

    async def account(self):
        return await self.ask(accounts.read_account, accounts.ByUser(user_id=self.user_id))


async def outcomes(*asked) -> tuple[list[Any], list[BaseException]]:
    """Do things at once; give what came back and what was refused."""
    results = await asyncio.gather(*asked, return_exceptions=True)
    refused = [one for one in results if isinstance(one, BaseException)]
    return [one for one in results if not isinstance(one, BaseException)], refused


async def pass_time(redis, limit: Limit | str, seconds: float) -> None:
    """Make what was counted against a limit so much older."""
    key = f"limit:{limit.key}" if isinstance(limit, Limit) else limit
    for member, score in await redis.zrange(key, 0, -1, withscores=True):
        await redis.zadd(key, {member: score - seconds * 1000})
