"""What `make run` tells each process."""

from ops.config import SuiteConfig
from ops.keys import CALLER_KEYS, read_secrets, signing_keys
from ops.plan import SERVICES, Addresses, userhub_programs
from shared.caller import Caller, CallerSeal
from shared.settings import KeyRing
from tests.conftest import CALLER_SECRETS


def addresses(suite) -> Addresses:
    return Addresses({"gateway": 1}, suite.urls)


def test_a_service_has_its_own_key_of_callers_alone(suite):
    """Only the gateway is told what every service believes."""
    programs = userhub_programs(suite.config, addresses(suite))

    told = {one.name: one.environment for one in programs}
    known = {
        name: {
            service
            for service, secret in CALLER_KEYS.items()
            if CALLER_SECRETS[secret] in str(environment)
        }
        for name, environment in told.items()
    }
    assert known == {name: {name} for name in SERVICES} | {"gateway": set(SERVICES)}
    signed = CallerSeal(KeyRing.parse(told["gateway"]["USERHUB_CALLER_KEYS"])).sign(Caller(7, "s"))
    for name in SERVICES:
        own = CallerSeal(KeyRing.parse(told[name]["USERHUB_CALLER_KEYS"]))
        assert own.check(signed) == Caller(7, "s")


def test_nothing_is_made_in_production(suite, tmp_path):
    """There the keys must be given: without them a process is told none, and does not start."""
    given = SuiteConfig(data_dir=tmp_path, env={"USERHUB_ENV": "production"})
    programs = userhub_programs(given, addresses(suite))

    assert {one.environment["USERHUB_CALLER_KEYS"] for one in programs} == {""}


def test_in_development_keys_are_made_once(suite, tmp_path):
    """Every start tells the same ones, also where an earlier version kept others."""
    kept = tmp_path / "secrets.env"
    kept.write_text("USERHUB_CODE_KEY=mine\n")
    config = SuiteConfig(data_dir=tmp_path)

    first, second = (
        {one.name: one.environment for one in userhub_programs(config, addresses(suite))}
        for _ in range(2)
    )

    assert first == second
    assert first["auth"]["USERHUB_CODE_KEY"] == "mine"
    assert first["gateway"]["USERHUB_CALLER_KEYS"] == signing_keys(read_secrets(kept))
    assert list(KeyRing.parse(first["gateway"]["USERHUB_CALLER_KEYS"]).keys) == [
        f"{service}1" for service in SERVICES
    ]
