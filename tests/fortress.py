"""The compose file as tests read it, and its servers and processes without the containers."""

import asyncio
import os
import re
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

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("auth", "profile", "social", "notify")
PROCESSES = (*SERVICES, "gateway")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, Any] = COMPOSE["services"]
SECRET = re.compile(r"(PASSWORD|KEY|KEYS|PEPPERS|KEYFILE|SECRET)$")
VARIABLE = re.compile(r"\$\{(\w+)(?:(:[?-])([^}]*))?\}")


def filled_in(file: Path | None = None) -> dict[str, str]:
    """Run the script that makes secrets, and read what it prints."""
    command = [str(ROOT / "deploy/make-env.sh"), *([str(file)] if file else [])]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Z]", line))


def environment(container: str, env: Mapping[str, str]) -> dict[str, str]:
    """Interpolate a container's environment as compose does."""

    def value(match: re.Match[str]) -> str:
        name, operator, text = match.groups()
        assert env.get(name) or operator != ":?", f"{name}: {text}"
        return env.get(name) or text or ""

    written = CONTAINERS[container].get("environment", {})
    return {name: VARIABLE.sub(value, text) for name, text in written.items()}


class Fortress:
    """Servers with users and rights as operators run them, and every process on them.

    Each process is given what the compose file gives it, but for addresses.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = filled_in()
        self._taken: set[int] = set()
        self.ports = {name: self._port() for name in ("mongo", "redis", "nats", "http", "gateway")}
        self._processes: list[Process] = []

    def _port(self) -> int:
        port = ports.pick_free(self._taken)
        self._taken.add(port)
        return port

    async def start(self) -> None:
        """Return when the gateway is ready; fail if that takes a minute."""
        async with asyncio.timeout(60):
            await asyncio.gather(self._start_mongo(), self._start_redis(), self._start_nats())
            await prepare.prepare_nats(self.nats_url("operator"))
            for process in PROCESSES:
                module = process if process == "gateway" else f"services.{process}"
                await self._spawn(process, [sys.executable, "-m", module], self._settings(process))
            await probe.until_ready(self.ports["gateway"])

    async def stop(self) -> None:
        for process in reversed(self._processes):
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), 15)

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.ports['gateway']}"

    def nats_url(self, user: str) -> str:
        password = self.env[f"NATS_{user.upper()}_PASSWORD"]
        return f"nats://{user}:{password}@127.0.0.1:{self.ports['nats']}"

    def redis_url(self, user: str) -> str:
        password = self.env[f"REDIS_{user.upper()}_PASSWORD"]
        return f"redis://{user}:{password}@127.0.0.1:{self.ports['redis']}/0"

    def mongo_url(self, service: str) -> str:
        return environment(service, self.env)["MONGO_URL"].replace(
            "mongo:27017", f"127.0.0.1:{self.ports['mongo']}"
        )

    def violations(self) -> list[str]:
        """What the NATS server refused so far."""
        log = (self.home / "nats.log").read_text()
        return re.findall(r'"USERHUB/.* Violation - Subject "[^"]+"', log)

    def _settings(self, process: str) -> dict[str, str]:
        """Give what compose gives, with the addresses of this machine."""
        given = environment(process, self.env | {"USERHUB_ENV": "dev"})
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
        await self._spawn("mongo", command, {"LC_ALL": "C"})
        await probe.until_listening(port)
        await asyncio.to_thread(self._make_mongo_users)

    def _make_mongo_users(self) -> None:
        """Make the first user on this machine, as the image does, and go on as compose does."""
        host, password = f"127.0.0.1:{self.ports['mongo']}", self.env["MONGO_ROOT_PASSWORD"]
        with MongoClient[dict[str, Any]](host, directConnection=True) as client:
            member = {"_id": 0, "host": host}
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
            while not client.admin.command("hello")["isWritablePrimary"]:
                time.sleep(0.02)
            client.admin.command("createUser", "root", pwd=password, roles=["root"])
        passwords = {name: self.env[f"MONGO_{name.upper()}_PASSWORD"] for name in SERVICES}
        prepare.prepare_mongo(host, password, dict.fromkeys(SERVICES, "an earlier password"))
        prepare.prepare_mongo(host, password, passwords)

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

    async def _start_nats(self) -> None:
        config = self.home / "nats.conf"
        text = (ROOT / "deploy/nats.conf").read_text()
        text = text.replace("0.0.0.0:4222", f"127.0.0.1:{self.ports['nats']}")
        config.write_text(text.replace("127.0.0.1:8222", f"127.0.0.1:{self.ports['http']}"))
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
