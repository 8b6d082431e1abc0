"""Nothing that the tests before this one used is found where it does not belong."""

import contextlib
import re

from nats.js.errors import NotFoundError

from tests.services.auth.visitor import PASSWORD, WRITTEN_DOWN, new_email

OURS = ("auth", "profile", "social", "notify", "gateway")


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
    """Which secrets stand in a text; a code only where it stands alone, not in a longer number."""
    words = set(re.findall(r"(?<![\w.-])\d{4,8}(?![\w-])", text))
    return [one for one in secrets if (one in words if one.isdigit() else one in text)]


async def test_events_and_logs_hold_nothing(member, eventually, js, suite, announced):
    """No phone number, e-mail address, code, token or password in full, in any event or log."""
    from shared.contracts import registration

    ann = await member(address=new_email())
    await announced(registration.UserRegistered, ann.user_id)
    secrets = WRITTEN_DOWN | {one.lower() for one in WRITTEN_DOWN} | {PASSWORD, "quite other words"}
    numbers = {one.removeprefix("+86") for one in secrets if one.startswith("+86")}
    logs = suite.config.data_dir / "logs"

    assert found_in(f"code {ann.address} ", secrets) == [ann.address]
    published = await everything_published(js)
    assert f'"subject":"{ann.user_id}"' in published
    assert found_in(published, secrets | numbers) == []
    for log in logs.iterdir():
        text = log.read_text(errors="replace")
        looked_for = secrets | numbers
        if log.stem not in OURS:  # servers count many things, in numbers of any size
            looked_for = {one for one in looked_for if not (one.isdigit() and len(one) < 9)}
        assert (log.name, found_in(text, looked_for)) == (log.name, [])
