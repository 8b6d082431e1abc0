"""TLS to NATS, MongoDB and Redis: with the right certificate all works, else nothing is said.

The servers' certificates are for 127.0.0.1; the name `localhost` leads to the same servers.
"""

import asyncio
import contextlib
import re
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest
import structlog.testing
import trustme

from ops import ports, probe, servers
from shared import bus as shared_bus
from shared import tls
from shared.bus import Bus
from shared.contract import Call, Message
from shared.errors import Unavailable
from shared.mongo import Mongo
from shared.redis import Limit, Redis
from shared.settings import Key, KeyRing
from tests.conftest import wait_for
from tests.fortress import tunnel

KEY = KeyRing({"k1": Key(bytes(range(32)))})


class Word(Message):
    """A word."""

    word: str


class Servers:
    """One server of each kind that speaks TLS alone, and one that does not, by the same names."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ca, self.other_ca = home / "ca.pem", home / "other-ca.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca))
        trustme.CA().cert_pem.write_to_path(str(self.other_ca))
        self.pem = home / "server.pem"
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
            str(self.pem)
        )
        self._processes: list[asyncio.subprocess.Process] = []

    async def start(self, name: str, command: Sequence[str], port: int) -> int:
        with (self.home / f"{name}-{port}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", "--", *command), stdout=log, stderr=log
            )
        self._processes.append(process)
        async with asyncio.timeout(30):
            await probe.until_listening(port)
        return port

    async def stop(self) -> None:
        for process in self._processes:
            process.kill()
            await process.wait()

    def place(self, name: str) -> tuple[Path, int]:
        port = ports.pick_free()
        folder = self.home / f"{name}-{port}"
        folder.mkdir()
        return folder, port

    async def nats(self, more: str) -> int:
        folder, port = self.place("nats")
        config = folder / "nats.conf"
        config.write_text(servers.nats_config(folder / "streams", port) + more)
        return await self.start(
            "nats", [str(servers.find_nats_server()), "--config", str(config)], port
        )

    async def mongo(self, *more: str) -> int:
        folder, port = self.place("mongo")
        command = [str(servers.find_mongod()), "--dbpath", str(folder), "--port", str(port)]
        return await self.start("mongo", [*command, "--bind_ip", "127.0.0.1", *more], port)

    async def redis(self) -> int:
        folder, port = self.place("redis")
        command = [str(servers.find_valkey()), "--dir", str(folder), "--port", str(port)]
        return await self.start("redis", [*command, "--bind", "127.0.0.1"], port)


@pytest.fixture(scope="module")
async def house(tmp_path_factory) -> AsyncIterator[Servers]:
    """Certificates, and a way to start servers with them."""
    made = Servers(tmp_path_factory.mktemp("tls"))
    yield made
    await made.stop()


@pytest.fixture(scope="module")
async def nats_port(house):
    """A NATS server that speaks TLS from the first byte."""
    return await house.nats(
        f'tls {{ cert_file: "{house.pem}", key_file: "{house.pem}", handshake_first: true }}\n'
    )


@pytest.fixture(scope="module")
async def mongo_port(house):
    """A MongoDB server that demands TLS."""
    return await house.mongo(
        *("--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(house.pem)),
        *("--tlsCAFile", str(house.ca), "--tlsAllowConnectionsWithoutCertificates"),
    )


@pytest.fixture(scope="module")
async def plain_redis_port(house):
    """A Redis server without TLS."""
    return await house.redis()


@pytest.fixture
async def redis_port(house, plain_redis_port):
    """The same one behind TLS, as the embedded Valkey is built without."""
    async with await tunnel(plain_redis_port, house.pem) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
def logged():
    """What is logged meanwhile."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@contextlib.asynccontextmanager
async def opened(one):
    try:
        yield one
    finally:
        await one.close()


def told(lines, event: str) -> str:
    return "\n".join(str(line) for line in lines if line["event"] == event)


class TestNats:
    async def test_asks_and_answers(self, house, nats_port):
        """Two processes talk over TLS, both by the one file."""
        call = Call(f"tls{uuid.uuid4().hex[:8]}.echo", Word, Word)
        url, ca_file = f"tls://127.0.0.1:{nats_port}", str(house.ca)

        async def echo(ask: Word) -> Word:
            return Word(word=ask.word * 2)

        async with (
            opened(await shared_bus.connect(url, "serves", ca_file=ca_file)) as serves,
            opened(await shared_bus.connect(url, "asks", ca_file=ca_file)) as asks,
        ):
            await Bus(serves, KEY).serve(call.service, "1.0.0", {call: echo})
            assert await Bus(asks, KEY).ask(call, Word(word="a")) == Word(word="aa")

    @pytest.mark.parametrize(
        ("host", "file", "why"),
        [
            ("127.0.0.1", "other_ca", "CERTIFICATE_VERIFY_FAILED"),
            ("127.0.0.1", None, "CERTIFICATE_VERIFY_FAILED"),
            ("localhost", "ca", "Hostname mismatch"),
        ],
    )
    async def test_a_server_that_is_not_the_one(self, house, nats_port, host, file, why):
        """The process ends, and says which setting and why."""
        ca_file = str(getattr(house, file)) if file else ""
        with pytest.raises(SystemExit, match=f"NATS_URL cannot be trusted: .*{why}"):
            await shared_bus.connect(f"tls://{host}:{nats_port}", "asks", ca_file=ca_file)

    async def test_a_server_without_tls(self, house):
        """Nothing is said to it, password least of all."""
        port = await house.nats("")
        with pytest.raises(SystemExit, match="NATS_URL cannot be trusted"):
            await shared_bus.connect(
                f"tls://ann:secret@127.0.0.1:{port}", "asks", ca_file=str(house.ca)
            )
        assert "secret" not in (house.home / f"nats-{port}.log").read_text()

    async def test_no_word_in_the_clear(self, house, nats_port):
        """A URL that does not ask for TLS reaches no server that demands it."""
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await shared_bus.connect(f"nats://127.0.0.1:{nats_port}", "asks")


class TestMongo:
    async def test_writes_and_reads(self, house, mongo_port):
        """What was written over TLS is read."""
        url = f"mongodb://127.0.0.1:{mongo_port}/?tls=true"
        async with opened(Mongo(url, "things", "tests", str(house.ca))) as mongo:
            await mongo["things"].insert_one({"_id": 1, "name": "a"})
            assert await mongo["things"].find_one({}) == {"_id": 1, "name": "a"}

    async def test_a_server_that_is_not_the_one(self, house, mongo_port, logged):
        """It is unavailable, and the log says why: not signed, another name, no TLS at all."""
        secured, plain = f"{mongo_port}/?tls=true", f"{await house.mongo()}/?tls=true"
        places = [
            (f"127.0.0.1:{secured}", str(house.other_ca), "{}: .*certificate verify failed"),
            (f"127.0.0.1:{secured}", "", "{}: .*certificate verify failed"),
            (f"localhost:{secured}", str(house.ca), "{}: .*Hostname mismatch"),
            (f"127.0.0.1:{plain}", str(house.ca), "SSL handshake failed: {}"),
        ]

        async def refused(place: str, ca_file: str, why: str) -> None:
            async with opened(Mongo(f"mongodb://{place}", "things", "tests", ca_file)) as mongo:
                with pytest.raises(Unavailable):
                    await mongo.ping()
                expected = why.format(place.partition("/")[0])
                assert re.search(expected, told(logged, "mongo.unavailable"))

        await asyncio.gather(*(refused(*place) for place in places))

    async def test_waiting_says_why(self, house, mongo_port, logged):
        """A process that starts waits for a server that is the one, and says what is wrong."""
        url = f"mongodb://127.0.0.1:{mongo_port}/?tls=true"
        async with opened(Mongo(url, "things", "tests", str(house.other_ca))) as mongo:
            waiting = asyncio.create_task(mongo.wait_until_writable())

            async def said() -> bool:
                return "certificate verify failed" in told(logged, "mongo.waiting")

            await wait_for(said)
            assert not waiting.done()
            waiting.cancel()

    async def test_the_file_alone_asks_for_nothing(self, house):
        """A server without TLS is reached by a URL that does not ask for it."""
        url = f"mongodb://127.0.0.1:{await house.mongo()}/"
        async with opened(Mongo(url, "things", "tests", str(house.ca))) as mongo:
            await mongo.ping()

    @pytest.mark.parametrize(
        "option", ["tlsInsecure", "tlsallowinvalidhostnames", "tlsAllowInvalidCertificates"]
    )
    def test_no_url_turns_the_check_off(self, option):
        """Such a URL ends the process with the option's name."""
        with pytest.raises(SystemExit, match=f"(?i)has {option}: certificates are checked"):
            Mongo(f"mongodb://a/?tls=true;{option}=true", "things", "tests")


class TestRedis:
    limit: ClassVar = Limit("tls", 1, 60)

    async def test_runs_a_script(self, house, redis_port):
        """A script runs over TLS, on several connections at once."""
        async with opened(Redis(f"rediss://127.0.0.1:{redis_port}/0", str(house.ca))) as redis:
            taken = [redis.exceeded([self.limit], f"u{n}") for n in range(8)]
            refused = [one for one in await asyncio.gather(*taken) if one]

        assert len(refused) == 7

    @pytest.mark.parametrize(
        ("host", "file", "why"),
        [
            ("127.0.0.1", "other_ca", "CERTIFICATE_VERIFY_FAILED"),
            ("127.0.0.1", None, "CERTIFICATE_VERIFY_FAILED"),
            ("localhost", "ca", "CERTIFICATE_VERIFY_FAILED"),
        ],
    )
    async def test_a_server_that_is_not_the_one(self, house, redis_port, logged, host, file, why):
        """It is unavailable, and the log says why."""
        ca_file = str(getattr(house, file)) if file else ""
        async with opened(Redis(f"rediss://{host}:{redis_port}/0", ca_file)) as redis:
            with pytest.raises(Unavailable):
                await redis.ping()
        assert why in told(logged, "redis.unavailable")

    async def test_a_server_without_tls(self, house, plain_redis_port, logged):
        """It is unavailable."""
        async with opened(
            Redis(f"rediss://127.0.0.1:{plain_redis_port}/0", str(house.ca))
        ) as redis:
            with pytest.raises(Unavailable):
                await redis.ping()
        assert told(logged, "redis.unavailable")

    @pytest.mark.parametrize(
        "option", ["ssl_cert_reqs=none", "ssl_check_hostname=no", "ssl_min_version=769"]
    )
    def test_no_url_turns_the_check_off(self, option):
        """Such a URL ends the process with the option's name."""
        name = option.partition("=")[0]
        with pytest.raises(SystemExit, match=f"has {name}: certificates are checked"):
            Redis(f"rediss://a/0?{option}")


def test_a_file_of_no_use(tmp_path):
    """A file that is not there, or holds no certificate, ends the process with its name."""
    empty = tmp_path / "ca.pem"
    empty.touch()
    for file in (tmp_path / "nowhere.pem", empty):
        with pytest.raises(SystemExit, match=f"TLS_CA_FILE={file} holds no certificates"):
            tls.context(str(file))
