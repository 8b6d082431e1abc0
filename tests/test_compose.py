"""The compose file: what it asks for, what it allows, what it hides."""

import importlib
import re
from typing import Any

import pytest

from ops.keys import CALLER_KEYS
from ops.plan import HASHING_MEMORY
from shared import settings
from shared.caller import Caller, CallerSeal
from tests.fortress import (
    COMPOSE,
    CONTAINERS,
    PROCESSES,
    ROOT,
    SECRET,
    SERVICES,
    VARIABLE,
    environment,
    filled_in,
)

JOBS = ("prepare", "nats-volume", "admin")
"""Containers that do one thing and end."""


def config_of(process: str) -> type[Any]:
    package = process if process == "gateway" else f"services.{process}"
    found: type[Any] = importlib.import_module(f"{package}.config").Config
    return found


class TestTheFile:
    def test_no_secret_has_a_default(self):
        """A secret is either required, and its absence explained, or optional and empty."""
        found = {match[0]: match for match in VARIABLE.finditer(str(COMPOSE))}
        secrets = [match for match in found.values() if SECRET.search(match[1])]

        assert len(secrets) > 20
        for match in secrets:
            assert (match[2], bool(match[3])) in ((":?", True), (":-", False)), match[0]

    @pytest.mark.parametrize("container", CONTAINERS)
    def test_no_secret_is_written_into_it(self, container):
        """What is called a secret is taken from a variable, also within a URL."""
        for name, text in CONTAINERS[container].get("environment", {}).items():
            if SECRET.search(name):
                assert not VARIABLE.sub("", text).strip(", "), name
            assert not re.search(r"://[^$]*:[^$]+@", text), name

    def test_the_example_leaves_secrets_empty_and_the_script_fills_them(self):
        """`.env.example` names all that is required and no secret; the script makes each one."""
        example = dict(
            line.split("=", 1)
            for line in (ROOT / ".env.example").read_text().splitlines()
            if re.match(r"[A-Z]", line)
        )
        required = {m[1] for m in VARIABLE.finditer(str(COMPOSE)) if m[2] == ":?"}
        secrets = {name for name in example if SECRET.search(name)}
        first, second = filled_in(), filled_in()

        assert required <= set(example)
        assert not any(example[name] for name in secrets)
        assert all(len(first[name]) >= 32 and first[name] != second[name] for name in secrets)
        assert len({first[name] for name in secrets}) == len(secrets)
        assert {name: first[name] for name in set(first) - secrets} == {
            name: example[name] for name in set(example) - secrets
        }

    def test_the_script_keeps_what_is_there(self, tmp_path):
        """Completing a file after an upgrade changes no secret that it has."""
        file = tmp_path / "env"
        file.write_text("USERHUB_CODE_KEY=mine\nMINE=\nNATS_AUTH_PASSWORD=\n")

        completed = filled_in(file)

        assert (completed["USERHUB_CODE_KEY"], completed["MINE"]) == ("mine", "")
        assert re.fullmatch("[a-z][A-Za-z0-9]{31}", completed["NATS_AUTH_PASSWORD"])

    def test_the_script_adds_what_came_with_an_upgrade(self, tmp_path):
        """A secret without a line gets one, unless the line is written in another way."""
        file = tmp_path / "env"
        file.write_text("USERHUB_CODE_KEY=mine\n export USERHUB_PASSWORD_PEPPERS = 'k1:mine'")

        completed = filled_in(file)

        secrets = {name for name in filled_in() if SECRET.search(name)}
        assert set(completed) == secrets - {"USERHUB_PASSWORD_PEPPERS"}
        assert completed["USERHUB_CODE_KEY"] == "mine"

    @pytest.mark.parametrize("container", CONTAINERS)
    def test_a_service_has_its_own_key_of_callers_alone(self, container):
        """Only the gateway and the operators' command line have what every service believes."""
        told = str(CONTAINERS[container])
        known = {service for service, name in CALLER_KEYS.items() if name in told}

        if container in ("gateway", "admin"):
            assert known == set(SERVICES)
        else:
            assert known == {container} & set(SERVICES)

    @pytest.mark.parametrize("service", SERVICES)
    def test_what_the_gateway_signs_a_service_believes(self, service):
        """As compose hands out what the script made; what another service signs, it does not."""
        env, caller = filled_in(), Caller(7, "s")
        seals = {
            process: CallerSeal(
                settings.read(config_of(process), environment(process, env)).caller_keys
            )
            for process in PROCESSES
        }

        believed = {
            process for process in PROCESSES if seals[service].check(seals[process].sign(caller))
        }
        assert believed == {"gateway", service}

    @pytest.mark.parametrize("process", PROCESSES)
    def test_a_process_starts_with_the_script_s_secrets_in_production(self, process):
        """What compose gives a process is what it needs, and it can be told all it understands."""
        given = environment(process, filled_in())
        kind = config_of(process)

        assert settings.read(kind, given).env == "production"
        assert {name for name, _, _ in settings.table(kind)} <= set(given)

    def test_hashing_has_large_pages(self):
        """Auth's allocator is told the same in a container as on this machine."""
        assert CONTAINERS["auth"]["environment"]["GLIBC_TUNABLES"] == HASHING_MEMORY

    @pytest.mark.parametrize("container", CONTAINERS)
    def test_a_container_can_do_little(self, container):
        """Read-only, without capabilities, not root, and watched unless it ends by itself."""
        spec = CONTAINERS[container]

        assert spec["read_only"] is True
        assert spec["cap_drop"] == ["ALL"]
        assert spec["security_opt"] == ["no-new-privileges:true"]
        assert not {"privileged", "pid", "ipc", "devices", "container_name"} & set(spec)
        if container == "nats-volume":
            assert (spec["cap_add"], spec["network_mode"]) == (["CHOWN"], "none")
        else:
            assert "cap_add" not in spec
            assert spec["user"].split(":")[0] not in ("", "0", "root")
        if container not in JOBS:
            assert spec["healthcheck"]["test"][0] == "CMD"
            assert spec["restart"] == "unless-stopped"

    def test_only_the_proxy_can_be_reached(self):
        """One port is published, on loopback by default; the servers' network has no way out."""
        published = {name: spec["ports"] for name, spec in CONTAINERS.items() if "ports" in spec}

        assert published == {"proxy": ["${PUBLISH:-127.0.0.1:8000}:8080"]}
        assert COMPOSE["networks"]["data"]["internal"] is True
        assert all(CONTAINERS[name]["networks"] == ["data"] for name in ("mongo", "redis", "nats"))
        assert "data" not in CONTAINERS["proxy"]["networks"]

    def test_the_image_holds_what_runs_and_nothing_else(self):
        """Neither the embedded servers nor the tests get into the image, and it is not root's."""
        dockerfile = (ROOT / "Dockerfile").read_text()
        context = (ROOT / ".dockerignore").read_text().splitlines()

        assert {line for line in context if line.startswith("!")} == {
            "!requirements/run.txt",
            "!requirements/build.txt",
            "!requirements/argon2.txt",
            "!shared",
            "!services",
            "!gateway",
            "!ops",
            "!deploy/*.py",
        }
        assert "--require-hashes" in dockerfile
        assert "COPY --from=messages /userhub/gateway gateway" in dockerfile  # compiled messages
        assert re.findall(r"^USER (.*)$", dockerfile, re.M)[-1] == "userhub"


def rights_to_publish(user: str) -> list[str]:
    """Read from nats.conf what a user may publish."""
    text = re.sub(r"^\s*#.*$", "", (ROOT / "deploy/nats.conf").read_text(), flags=re.M)
    block = re.search(rf"user: {user},.*?publish: {{ allow: \[(.*?)\]", text, re.S)
    assert block, user
    return re.findall('"([^"]+)"', block[1])


def covers(right: str, subject: str) -> bool:
    pattern = re.escape(right).replace(r"\*", "[^.]+").replace(r"\>", ">").replace(">", ".+")
    return re.fullmatch(pattern, subject) is not None


def asked_by(service: str) -> set[str]:
    """Find in a service's code the subjects of the calls that it makes."""
    subjects = set()
    for file in (ROOT / "services" / service).rglob("*.py"):
        for contract, call in re.findall(r"\.ask\(\s*(\w+)\.(\w+)", file.read_text()):
            module = importlib.import_module(f"shared.contracts.{contract}")
            subjects.add(getattr(module, call).subject)
    return subjects


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_asks_is_allowed(service):
    """A service that asks another has the right to, in deploy/nats.conf, for that call."""
    rights = rights_to_publish(service)

    for subject in asked_by(service):
        assert any(covers(right, subject) for right in rights), f"{service} asks {subject}"


def test_the_proxy_writes_no_request_down() -> None:
    """Paths carry addresses and queries tokens: neither an access log nor errors of requests."""
    inside_http = (ROOT / "deploy/nginx.conf").read_text().partition("http {")[2]

    assert "access_log off;" in inside_http
    assert "error_log /dev/stderr crit;" in inside_http
