"""The compose file as tests read it, and its servers and processes without the containers."""

import asyncio
import contextlib
import os
import re
import ssl
import subprocess
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from pymongo import MongoClient

from deploy import prepare
from ops import ports, probe, servers
from ops.suite import READY_WITHIN

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("auth", "profile", "social", "notify")
PROCESSES = (*SERVICES, "gateway")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, Any] = COMPOSE["services"]
TLS: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.tls.yml").read_text())["services"]
"""What is laid over the containers to have them speak TLS."""
SECRET = re.compile(r"(PASSWORD|KEY|KEYS|PEPPERS|KEYFILE|SECRET)$")
VARIABLE = re.compile(r"\$\{(\w+)(?:(:[?-])([^}]*))?\}")


def filled_in(file: Path | None = None) -> dict[str, str]:
    """Run the script that makes secrets, and read what it prints."""
    command = [str(ROOT / "deploy/make-env.sh"), *([str(file)] if file else [])]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Z]", line))


def environment(container: str, env: Mapping[str, str], *, tls: bool = False) -> dict[str, str]:
    """Interpolate a container's environment as compose does, with the file for TLS or without."""

    def value(match: re.Match[str]) -> str:
        name, operator, text = match.groups()
        assert env.get(name) or operator != ":?", f"{name}: {text}"
        return env.get(name) or text or ""

    written = CONTAINERS[container].get("environment", {})
    if tls:
        written = written | TLS.get(container, {}).get("environment", {})
    return {name: VARIABLE.sub(value, text) for name, text in written.items()}


async def tunnel(port: int, certificate: Path) -> asyncio.Server:
    """Speak TLS, at a free port, for a server on this machine that does not."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while some := await source.read(65536):
                sink.write(some)
                await sink.drain()
        sink.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to_there = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pour(reader, to_there), pour(there, writer))

    return await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)


class Fortress:
    """Servers with users and rights as operators run them, and every process on them.

    Each process is given what the compose file gives it, but for addresses; with `tls`, what both
    compose files do, and the servers have certificates for this machine.
    """

    def __init__(self, home: Path, *, tls: bool = False) -> None:
        self.home, self.tls = home, tls
        self.env = filled_in()
        self.ca_file = str(home / "certs/ca.pem") if tls else ""
        if tls:
            script = [str(ROOT / "deploy/make-certs.sh"), str(home / "certs"), "127.0.0.1"]
            subprocess.run(script, check=True, capture_output=True)
        self.ports = {
            name: ports.pick_free() for name in ("mongo", "redis", "nats", "http", "gateway")
        }
        self._processes: list[Process] = []
        self._tunnel: asyncio.Server | None = None

    async def start(self) -> None:
        """Return when the gateway is ready; fail if that takes as long as a suite may."""
        async with asyncio.timeout(READY_WITHIN):
            await asyncio.gather(self._start_mongo(), self._start_redis(), self._start_nats())
            await prepare.prepare_nats(self.nats_url("operator"), self.ca_file)
            for process in PROCESSES:
                module = process if process == "gateway" else f"services.{process}"
                await self._spawn(process, [sys.executable, "-m", module], self.settings(process))
            await probe.until_ready(self.ports["gateway"])

    async def stop(self) -> None:
        for process in reversed(self._processes):
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), 60)
        if self._tunnel:
            self._tunnel.close()

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.ports['gateway']}"

    def nats_url(self, user: str) -> str:
        password = self.env[f"NATS_{user.upper()}_PASSWORD"]
        scheme = "tls" if self.tls else "nats"
        return f"{scheme}://{user}:{password}@127.0.0.1:{self.ports['nats']}"

    def redis_url(self, user: str) -> str:
        password = self.env[f"REDIS_{user.upper()}_PASSWORD"]
        scheme, port = ("rediss", "redis-tls") if self.tls else ("redis", "redis")
        return f"{scheme}://{user}:{password}@127.0.0.1:{self.ports[port]}/0"

    def mongo_url(self, service: str) -> str:
        return self._here(environment(service, self.env, tls=self.tls)["MONGO_URL"])

    def violations(self) -> list[str]:
        """What the NATS server refused so far."""
        log = (self.home / "nats.log").read_text()
        return re.findall(r'"USERHUB/.* Violation - Subject "[^"]+"', log)

    def _here(self, text: str) -> str:
        """Put the addresses and files of this machine in the place of a container's."""
        text = text.replace("mongo:27017", f"127.0.0.1:{self.ports['mongo']}")
        text = text.replace("/certs/server.pem", str(self.home / "certs/127.0.0.1.pem"))
        return text.replace("/certs/ca.pem", self.ca_file)

    def settings(self, process: str) -> dict[str, str]:
        """Give what compose gives, with the addresses of this machine."""
        given = environment(process, self.env | {"USERHUB_ENV": "dev"}, tls=self.tls)
        given["TLS_CA_FILE"] = self._here(given["TLS_CA_FILE"])
        given |= {"NATS_URL": self.nats_url(process), "METRICS_PORT": "0", "HOST": "127.0.0.1"}
        if "MONGO_URL" in given:
            given["MONGO_URL"] = self.mongo_url(process)
        if "REDIS_URL" in given:
            given["REDIS_URL"] = self.redis_url(process)
        if "MEDIA_DIR" in given:
            given["MEDIA_DIR"] = str(self.home / "media")
        if process == "gateway":
            given |= {"PORT": str(self.ports["gateway"]), "PUBLIC_URL": self.gateway}
        return given

    async def _start_mongo(self) -> None:
        key, data, port = self.home / "keyfile", self.home / "mongo", self.ports["mongo"]
        key.touch(0o600)
        key.write_text(self.env["MONGO_KEYFILE"])
        data.mkdir()
        command = [*servers.MONGO.command(data, port), "--keyFile", str(key)]
        if self.tls:
            command += map(self._here, TLS["mongo"]["command"])
        await self._spawn("mongo", command, {"LC_ALL": "C"})
        await probe.until_listening(port)
        await asyncio.to_thread(self._make_mongo_users)

    def _make_mongo_users(self) -> None:
        """Make the first user on this machine, as the image does, and go on as compose does."""
        host, password = f"127.0.0.1:{self.ports['mongo']}", self.env["MONGO_ROOT_PASSWORD"]
        with MongoClient[dict[str, Any]](
            host, directConnection=True, tls=self.tls, tlsCAFile=self.ca_file or None
        ) as client:
            member = {"_id": 0, "host": host}
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
            while not client.admin.command("hello")["isWritablePrimary"]:
                time.sleep(0.02)
            client.admin.command("createUser", "root", pwd=password, roles=["root"])
        passwords = {name: self.env[f"MONGO_{name.upper()}_PASSWORD"] for name in SERVICES}
        host = self._here(environment("prepare", self.env, tls=self.tls)["MONGO_HOST"])
        earlier = dict.fromkeys(SERVICES, "an earlier password")
        prepare.prepare_mongo(host, password, earlier, self.ca_file)
        prepare.prepare_mongo(host, password, passwords, self.ca_file)

    async def _start_redis(self) -> None:
        program = self.home / "bin" / "redis-server"
        program.parent.mkdir()
        program.symlink_to(servers.find_valkey())
        data, port = self.home / "redis", self.ports["redis"]
        data.mkdir()
        own = {"PATH": f"{program.parent}:{os.environ['PATH']}", "TMPDIR": str(self.home)}
        command = ["sh", str(ROOT / "deploy/redis.sh")]
        command += ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(data)]
        await self._spawn("redis", command, environment("redis", self.env) | own)
        await probe.until_listening(port)
        if self.tls:
            await self._open_tunnel(port)

    async def _open_tunnel(self, port: int) -> None:
        """Speak TLS for Redis: the Valkey of this machine is built without."""
        self._tunnel = await tunnel(port, self.home / "certs/127.0.0.1.pem")
        self.ports["redis-tls"] = self._tunnel.sockets[0].getsockname()[1]

    async def _start_nats(self) -> None:
        config = self.home / "userhub.conf"
        text = (ROOT / "deploy/nats.conf").read_text()
        text = text.replace("0.0.0.0:4222", f"127.0.0.1:{self.ports['nats']}")
        config.write_text(text.replace("127.0.0.1:8222", f"127.0.0.1:{self.ports['http']}"))
        if self.tls:
            text = self._here((ROOT / "deploy/nats-tls.conf").read_text())
            config = self.home / "userhub-tls.conf"
            config.write_text(text)
        command = [str(servers.find_nats_server()), "--config", str(config)]
        command += ["--store_dir", str(self.home / "streams")]
        await self._spawn("nats", command, environment("nats", self.env))
        await probe.until_listening(self.ports["nats"])

    async def _spawn(
        self, name: str, command: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        with (self.home / f"{name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", "--", *command),
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], **environment},
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
