"""The compose file: what it asks for, what it allows, what it hides."""

import importlib
import re
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway.dialects.sealtalk.sync import SYNC_SECONDS
from gateway.media import UPLOAD_SECONDS
from ops.keys import CALLER_KEYS
from ops.plan import HASHING_MEMORY
from ops.servers import nats_config
from shared import settings
from shared.bus import DEADLINE
from shared.caller import Caller, CallerSeal
from tests.fortress import (
    COMPOSE,
    CONTAINERS,
    PROCESSES,
    ROOT,
    SECRET,
    SERVICES,
    TLS,
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
        written = [one.get(container, {}).get("environment", {}) for one in (CONTAINERS, TLS)]
        for name, text in (pair for pairs in written for pair in pairs.items()):
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


class TestTheFileForTls:
    def test_every_address_of_a_server_asks_for_tls(self):
        """Whoever is told of a server is told anew, the same but for TLS, and whom to trust."""
        plain = {name: spec.get("environment", {}) for name, spec in CONTAINERS.items()}
        for name, told in plain.items():
            addresses = {
                key: text for key, text in told.items() if re.search("@?(nats|mongo|redis):", text)
            }
            if not addresses:
                continue
            anew = dict(TLS[name]["environment"])
            assert anew.pop("TLS_CA_FILE") == "/certs/ca.pem"
            assert set(anew) == set(addresses)
            for key, text in anew.items():
                before = addresses[key].removeprefix("mongodb://")
                before = before.replace("nats://", "tls://").replace("redis://", "rediss://")
                after = text.removeprefix("mongodb://")
                assert after in (before, f"{before}&tls=true", f"{before}/?tls=true")
                assert text.startswith(("tls://", "rediss://")) or text.endswith("tls=true")

    def test_nobody_is_given_the_key_of_another(self):
        """A server has its own key, the others the authority's certificate; no one has its key."""
        for name, spec in TLS.items():
            mounts = [mount for mount in spec["volumes"] if isinstance(mount, dict)]
            given = {mount["source"].removeprefix("./certs/") for mount in mounts}

            assert given <= {"ca.pem", f"{name}.pem"}
            assert all(mount["read_only"] for mount in mounts)
            assert not any(mount["bind"]["create_host_path"] for mount in mounts)

    def test_the_script_makes_what_is_given(self, tmp_path):
        """Containers' users can read every file they are given; nobody else gets to one."""
        folder = tmp_path / "certs"
        make_certs(folder)
        sources = {
            mount["source"].removeprefix("./certs/")
            for spec in TLS.values()
            for mount in spec["volumes"]
            if isinstance(mount, dict)
        }

        assert sources == {"ca.pem", "nats.pem", "mongo.pem", "redis.pem"}
        assert {(folder / name).stat().st_mode & 0o777 for name in sources} == {0o644}
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "ca.key").stat().st_mode & 0o777 == 0o600

    def test_the_script_keeps_the_authority(self, tmp_path):
        """Made again, a server's certificate is another, and whoever trusts the first trusts it."""
        make_certs(tmp_path, "a.example")
        authority, first = tmp_path / "ca.pem", (tmp_path / "a.example.pem").read_bytes()
        kept = authority.read_bytes()
        make_certs(tmp_path, "a.example", "10.0.0.7")

        assert authority.read_bytes() == kept
        assert (tmp_path / "a.example.pem").read_bytes() != first
        for name in ("a.example", "10.0.0.7"):
            assert trusted(tmp_path / f"{name}.pem", authority, name)
        assert not trusted(tmp_path / "a.example.pem", authority, "b.example")
        assert not list(tmp_path.glob("new.*"))

    def test_the_script_makes_no_other_authority_unasked(self, tmp_path):
        """While its key is elsewhere nothing is signed, nor is what everybody trusts replaced."""
        make_certs(tmp_path, "a.example")
        kept = [(tmp_path / name).read_bytes() for name in ("ca.pem", "a.example.pem")]
        (tmp_path / "ca.key").unlink()

        with pytest.raises(subprocess.CalledProcessError, match="exit status 1"):
            make_certs(tmp_path, "a.example")
        assert [(tmp_path / name).read_bytes() for name in ("ca.pem", "a.example.pem")] == kept


def make_certs(*arguments: object) -> None:
    command = [str(ROOT / "deploy/make-certs.sh"), *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)


def trusted(certificate: Path, authority: Path, name: str) -> bool:
    """Shake hands with a server that has the certificate, by its name."""
    here = ssl.create_default_context(cafile=authority)
    there = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    there.load_cert_chain(certificate)
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = here.wrap_bio(to_client, to_server, server_hostname=name)
    server = there.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError:
            return False
    return True


def test_operators_nats_lets_go_of_who_hangs_as_ours_does() -> None:
    """The server of `make run` and that of operators ask their clients for a sign as often."""
    setting = re.compile(r"^ping_\w+: .+$", re.M)
    ours = setting.findall(nats_config(Path("streams"), 4222))
    assert setting.findall((ROOT / "deploy/nats.conf").read_text()) == ours
    assert len(ours) == 2


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


@pytest.mark.parametrize(
    ("path", "seconds"),
    [
        ("/user/blacklist", DEADLINE),
        ("/user/sync/0", SYNC_SECONDS),
        ("/media", UPLOAD_SECONDS),
        ("/storage/1", UPLOAD_SECONDS),
        ("/api/v1/upload/image", UPLOAD_SECONDS),
    ],
)
def test_the_proxy_waits_longer_than_the_gateway(path: str, seconds: float) -> None:
    """Who has to wait hears from the gateway what came of it, and not from the proxy."""
    config = (ROOT / "deploy/nginx.conf").read_text()
    [general] = re.findall(r"^    proxy_read_timeout ([0-9]+)s;", config, re.MULTILINE)
    special = re.findall(r"location ~ (\S+) \{\s+proxy_read_timeout ([0-9]+)s;", config)

    waits = next((wait for pattern, wait in special if re.search(pattern, path)), general)

    assert int(waits) > seconds


def test_the_proxy_writes_no_request_down() -> None:
    """Paths carry addresses and queries tokens: neither an access log nor errors of requests."""
    inside_http = (ROOT / "deploy/nginx.conf").read_text().partition("http {")[2]

    assert "access_log off;" in inside_http
    assert "error_log /dev/stderr crit;" in inside_http
