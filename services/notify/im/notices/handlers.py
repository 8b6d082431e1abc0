"""What happens when something happened between people: instant messaging is told, step by step."""

from nats.aio.msg import Msg

from services.notify.im.notices import rules
from services.notify.im.notices.clouds import ImCloud
from services.notify.im.notices.rules import Happened, Writer
from services.notify.im.notices.store import MongoNotices
from shared.bus import Bus
from shared.consumers import Later
from shared.contracts import profile


class Notices:
    """Carries events of the social service to instant messaging, each step of each once."""

    def __init__(self, cloud: ImCloud, notices: MongoNotices, writer: Writer, bus: Bus) -> None:
        self._cloud, self._notices, self._writer, self._bus = cloud, notices, writer, bus

    async def handle(self, msg: Msg) -> None:
        """Carry out what an event asks for and was not done yet.

        Raises `Later` while an earlier event of the same group or pair is unfinished, anything else
        for another try.
        """
        happened, place = rules.read(msg.data), msg.metadata.sequence.stream
        lane = rules.lane(happened.event)
        if seconds := await self._notices.turn(lane, place):
            raise Later(seconds)
        if rules.is_told(happened.event):
            await self._carry_out(happened)
        await self._notices.leave(lane, place)

    async def _carry_out(self, happened: Happened) -> None:
        done = await self._notices.done(happened.id)
        names = await self._nicknames(happened)
        for step in self._writer.steps(happened, names):
            if step.step not in done:
                await self._cloud.take(step)
                await self._notices.add(happened.id, step.step)

    async def _nicknames(self, happened: Happened) -> dict[int, str]:
        """Ask what everyone in an event is called; who is not there any more is left out."""
        people = list({happened.event.user_id: None} | dict.fromkeys(rules.targets(happened.event)))
        names: dict[int, str] = {}
        for start in range(0, len(people), profile.READ_AT_ONCE):
            ask = profile.ReadProfiles(user_ids=people[start : start + profile.READ_AT_ONCE])
            found = await self._bus.ask(profile.read_profiles, ask)
            names |= {one.user_id: one.nickname for one in found}
        return names
