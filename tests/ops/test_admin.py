"""`userhub admin`: what every area has in common, and people's accounts."""

import re

import pytest

from ops import cli
from ops.admin import AREAS
from ops.ports import pick_free


async def test_a_person_is_found_by_phone_and_locked_out_until_let_in(userhub, people, eventually):
    """Disabling somebody ends what they do; enabling lets them log in again."""
    tom = await people.one()
    found = await userhub("admin", "accounts", "find", tom.e164)
    assert found.code == 0
    number = found.out.strip()

    assert (await userhub("admin", "accounts", "disable", number)).code == 0

    async def locked_out():  # a gateway hears of it within moments
        return (await tom.get(f"/user/{tom.id}")).status_code == 403

    await eventually(locked_out)
    assert (await userhub("admin", "accounts", "enable", number)).code == 0
    assert (await tom.log_in()).json()["code"] == 200


async def test_a_person_is_shown_promoted_and_deleted(userhub, people):
    """Role and sessions are shown as they are; what ends is gone, and so is who leaves."""
    tom = await people.one()
    number = (await userhub("admin", "accounts", "find", tom.e164)).out.strip()
    assert (await userhub("admin", "accounts", "role", number, "admin")).code == 0
    for words in (("show", number), ("search", tom.e164)):
        [_, row] = (await userhub("admin", "accounts", *words)).out.splitlines()
        assert row.split()[0] == number
        assert {"admin", "active", tom.e164} < set(row.split())
    assert (await userhub("admin", "accounts", "list", "--limit", "1")).out.endswith("in all\n")

    [_, session] = (await userhub("admin", "accounts", "sessions", number)).out.splitlines()
    ended = await userhub("admin", "accounts", "end-session", number, session.split()[0])
    assert (ended.code, ended.err) == (0, "")
    assert (await userhub("admin", "accounts", "sessions", number)).out == "No sessions.\n"

    assert (await userhub("admin", "accounts", "delete", number)).code == 0
    assert (await userhub("admin", "accounts", "show", number)).code == 1


async def test_a_refusal_is_one_line_and_status_1(userhub):
    """Who asks for somebody that there is not is told so in a sentence, without a traceback."""
    said = await userhub("admin", "accounts", "find", "+8613900000000")

    assert (said.code, said.out) == (1, "")
    assert said.err == "userhub: There is no such account.\n"


@pytest.mark.parametrize(
    "words",
    [
        ("admin", "accounts", "show", "9" * 30),
        ("admin", "codes", "decisions", "--since", "0001-01-01T00:00+08:00"),
        ("events", "republish", "0001-01-01T00:00+08:00"),
        ("dead-letters", "replay", str(2**63)),
        ("dead-letters", "replay", "-1"),
        ("subscribers", "remove", "a.b"),
        ("subscribers", "add", "größe"),
    ],
    ids=" ".join,
)
async def test_what_cannot_be_is_one_line_as_well(userhub, words):
    """A number, moment or name that nothing can have is refused in a sentence, with status 1."""
    said = await userhub(*words)

    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert said.err.startswith("userhub: ")


async def test_dead_letters_are_printed_alone_and_replayed_by_number(userhub, js):
    """What is listed is all that is printed; which to replay must be said."""
    about = {"Userhub-Consumer": "test-list", "Userhub-Subject": "events.test.listed"}
    await js.publish("dead.test-list", b"{}", headers=about)

    said = await userhub("dead-letters", "list", "--limit", "10000")

    assert (said.code, said.err) == (0, "")
    assert any("test-list" in line for line in said.out.splitlines())
    assert all(line.split()[0].isdecimal() for line in said.out.splitlines())
    for words in ((), ("1", "--all")):
        assert (await userhub("dead-letters", "replay", *words)).code == 2


async def test_a_place_that_is_there_is_not_made_another(userhub):
    """A place keeps where it began: another beginning is refused in a sentence."""
    assert (await userhub("subscribers", "add", "test-twice")).code == 0
    try:
        said = await userhub("subscribers", "add", "test-twice", "--all")
    finally:
        await userhub("subscribers", "remove", "test-twice")

    assert (said.code, said.err.count("\n")) == (1, 1)


@pytest.mark.parametrize("words", [("admin", "accounts", "list"), ("dead-letters", "list")])
async def test_who_asks_is_told_that_nats_is_not_there(userhub, words):
    """A command ends with a sentence that names the address and no password; it does not hang."""
    url = f"nats://operator:hush@127.0.0.1:{pick_free()}"
    said = await userhub(*words, NATS_URL=url)

    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert url.rpartition("@")[2] in said.err
    assert "hush" not in said.err


async def test_bad_keys_are_said_to_be_bad(userhub):
    """Keys of callers that are none end the command with the setting's name."""
    said = await userhub("admin", "accounts", "list", USERHUB_CALLER_KEYS="none")

    assert (said.code, said.err.count("\n")) == (1, 1)
    assert said.err.startswith("USERHUB_CALLER_KEYS ")


async def test_it_says_what_to_do_where_nothing_runs(userhub, tmp_path):
    """Without a run and without an address, the command says which settings it misses."""
    said = await userhub("admin", "accounts", "find", "x", NATS_URL="", DATA_DIR=str(tmp_path))

    assert said.code == 1
    assert "set NATS_URL or DATA_DIR" in said.err


@pytest.mark.parametrize("area", [one.__name__.rpartition(".")[2] for one in AREAS])
def test_every_area_and_action_has_help(area, capsys):
    """`--help` of an area lists its actions, and each of them explains itself."""

    def shown(*words):
        with pytest.raises(SystemExit) as ended:
            cli.main(["admin", area.replace("_", "-"), *words, "--help"])
        assert ended.value.code == 0
        out, err = capsys.readouterr()
        assert (bool(out), err) == (True, "")
        return out

    listed = shown().partition("actions:")[2].splitlines()[2:]
    actions = [line.split()[0] for line in listed if re.match(r" {4}\S", line)]
    assert actions
    for action in actions:
        shown(action)
