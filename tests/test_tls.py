"""The suite as docker-compose.tls.yml has it: all talk TLS to NATS, MongoDB and Redis."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from ops.ports import pick_free
from tests.fortress import ROOT, Fortress, environment
from tests.people import People


@pytest.fixture(scope="module")
async def fortress(tmp_path_factory) -> AsyncIterator[Fortress]:
    """The suite on servers that speak TLS alone."""
    one = Fortress(tmp_path_factory.mktemp("tls"), tls=True)
    try:
        await one.start()
        yield one
    finally:
        await one.stop()


async def ended(
    module: Sequence[str], settings: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a process until it ends by itself."""
    command = [sys.executable, "-m", *module]
    return await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=120
    )


def settings(fortress: Fortress, process: str, **others: str) -> dict[str, str]:
    """Give what compose gives a process that is no service."""
    given = environment(process, fortress.env, tls=True)
    user = "operator" if process == "prepare" else process
    return given | {"NATS_URL": fortress.nats_url(user), "TLS_CA_FILE": fortress.ca_file} | others


async def test_a_life_over_tls(fortress):
    """Somebody signs up and is found by the administrators' command."""
    async with People(fortress.gateway) as people:
        tom = await people.one(nickname="Tom")
        assert (await tom.get(f"/user/{tom.id}")).json()["result"]["nickname"] == "Tom"
        found = await ended(
            ["ops", "admin", "accounts", "find", tom.e164], settings(fortress, "admin")
        )
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.strip().isdigit()


async def test_dead_letters_are_read_over_tls(fortress):
    """The operators' other command has the file as well."""
    said = await ended(["ops", "dead-letters", "list"], settings(fortress, "prepare"))

    assert said.returncode == 0
    assert said.stdout.startswith("there are no dead letters\n")


@pytest.mark.parametrize("words", [["admin", "accounts", "list"], ["dead-letters", "list"]])
async def test_a_command_says_why_it_trusts_nobody(fortress, words):
    """Without the file it ends at once, with the reason."""
    said = await ended(["ops", *words], settings(fortress, "admin", TLS_CA_FILE=""))

    assert said.returncode == 1
    assert said.stderr.startswith("NATS at NATS_URL cannot be trusted: [SSL: CERTIFICATE_VERIFY_F")


@pytest.mark.parametrize("process", ["auth", "gateway"])
async def test_a_process_says_why_it_trusts_nobody(fortress, process):
    """A process that was not given the file ends at once, with the reason."""
    module = process if process == "gateway" else f"services.{process}"
    given = fortress.settings(process) | {"TLS_CA_FILE": "", "PORT": str(pick_free())}
    said = await ended([module], given)

    assert said.returncode != 0
    assert "NATS at NATS_URL cannot be trusted: [SSL: CERTIFICATE_VERIFY_FAILED]" in said.stderr
