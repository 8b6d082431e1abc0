"""Nothing that the tests before this one used is found where it does not belong."""

import contextlib
import re

from nats.js.errors import NotFoundError

from tests.services.auth.visitor import PASSWORD, RESET, WRITTEN_DOWN, new_email

OURS = ("auth", "profile", "social", "notify", "gateway")
LONGEST_CODE = 8
BY_CHANCE = 2
"""Codes that may be found in a text that holds none: a third comes once in a billion runs."""


async def everything_published(js) -> str:
    """Every event and dead letter, as text."""
    found = []
    for stream in ("EVENTS", "DEAD_LETTERS"):
        state = (await js.stream_info(stream)).state
        for sequence in range(max(1, state.first_seq), state.last_seq + 1):
            with contextlib.suppress(NotFoundError):  # one that was removed meanwhile
                msg = await js.get_msg(stream, sequence)
                found.append((msg.data or b"").decode(errors="replace") + str(msg.headers))
    return "\n".join(found)


def found_in(text: str, secrets) -> list[str]:
    """Which secrets stand in a text; codes and phone numbers where they stand alone.

    Codes of four digits are not looked for, and a few longer ones are numbers of something else by
    chance: where one leaks the others do.
    """
    words = set(re.findall(r"(?<![\w.-])\d{6,11}(?![\w-])", text))
    codes = [one for one in secrets if one in words and len(one) <= LONGEST_CODE]
    found = [one for one in secrets if (one in words if one.isdigit() else one in text)]
    return found if len(codes) > BY_CHANCE else [one for one in found if one not in codes]


async def test_events_and_logs_hold_nothing(member, eventually, js, suite, announced):
    """No phone number, e-mail address, code, token or password in full, in any event or log."""
    from shared.contracts import registration

    ann = await member(address=new_email())
    # Of each kind more codes than may be found by chance.
    for _ in range(BY_CHANCE + 1):
        await member()
        await member(address=new_email())
        await ann.code(eventually, RESET)
    await announced(registration.UserRegistered, ann.user_id)
    secrets = WRITTEN_DOWN | {one.lower() for one in WRITTEN_DOWN} | {PASSWORD, "quite other words"}
    numbers = {one.removeprefix("+86") for one in secrets if one.startswith("+86")}
    logs = suite.config.data_dir / "logs"

    assert found_in(f"code {ann.address} ", secrets) == [ann.address]
    assert found_in("111111 222222 333333", ["111111", "222222", "333333"])
    assert found_in("to 13900000000", ["13900000000"])
    published = await everything_published(js)
    assert f'"subject":"{ann.user_id}"' in published
    assert found_in(published, secrets | numbers) == []
    for log in logs.iterdir():
        text = log.read_text(errors="replace")
        looked_for = secrets | numbers
        if log.stem not in OURS:  # servers count many things, in numbers of any size
            looked_for = {one for one in looked_for if not (one.isdigit() and len(one) < 9)}
        assert (log.name, found_in(text, looked_for)) == (log.name, [])
