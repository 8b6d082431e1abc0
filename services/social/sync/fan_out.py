"""Telling many people of one change, in chunks, in the background if it takes long.

Whoever joins the audience meanwhile is told by what made them join.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from services.social import jobs
from services.social.sync.log import Change, Section, SyncLog
from shared.mongo import Document, Mongo, Session

CHUNK = 400
"""Documents written in one transaction: one per person, and one per person and thing told."""

INDEXES = jobs.indexes("fan_out")


class Audience(StrEnum):
    """Who is told."""

    FRIENDS = "friends"
    """Everybody who has this person among their friends and invitations."""
    MEMBERS = "members"
    """The members of this group."""
    EVER_MEMBERS = "ever_members"
    """Everybody who is or was in this group."""


PageOfPeople: TypeAlias = Callable[[Session, int, int, int], Awaitable[list[int]]]
"""Gives, in a transaction, the next people of an audience: `(session, of, after, limit)`, by id."""


@dataclass(frozen=True)
class News:
    """What is different, for everybody who is told."""

    section: Section
    key: int = 0
    member: int | None = None


class FanOut:
    """Jobs in collection `fan_out`: what, to whom, and the last person who was told.

    Of a job in the background also how often it was asked for (`asked`), and how often that was
    when its audience was begun with (`begun_at`): if there was another time since, it begins again.
    """

    def __init__(
        self, mongo: Mongo, log: SyncLog, audiences: Mapping[Audience, PageOfPeople]
    ) -> None:
        self._log, self._audiences = log, audiences
        self.jobs = jobs.Jobs(mongo, "fan_out", self._chunk)

    async def later(
        self, session: Session, news: Sequence[News], audience: Audience, of: int
    ) -> str:
        """Keep, in the transaction of a change, that an audience is to be told of it.

        `of` is the person or the group whose audience it is. Call `run_now` with what this gives
        once that is committed.
        """
        return await self.jobs.add(
            session, held=True, lane=_lane(audience, of), **_job(news, audience, of)
        )

    async def in_background(
        self, session: Session, *told: tuple[Sequence[News], Audience, int]
    ) -> None:
        """Keep the same of several audiences for the worker, which waits for none.

        An audience that has not heard of the same news yet is told once: what is told is where to
        look. So whoever changes again and again makes no more work than can be done.
        """
        jobs = {
            f"{_lane(audience, of)}/{' '.join(map(_name, news))}": _job(news, audience, of)
            for news, audience, of in told
        }
        await self.jobs.add_once(session, jobs)

    async def run_now(self, *job_ids: str) -> None:
        """Tell the audiences of changes just committed, for half a second; the rest follows.

        Never raises: what fails here is done by the worker.
        """
        await self.jobs.run_now(*job_ids)

    async def _chunk(self, session: Session, job: Document) -> Mapping[str, Any] | None:
        page = self._audiences[Audience(job["audience"])]
        news = [(Section(one["section"]), one["key"], one["member"]) for one in job["news"]]
        limit = max(1, CHUNK // (1 + len(news)))
        people = await page(session, job["of"], job["after"], limit)
        await self._log.stamp(session, (Change(one, *what) for one in people for what in news))
        asked = job.get("asked", 0)
        begun_at = job.get("begun_at", asked) if job["after"] else asked
        if len(people) == limit:
            return {"after": people[-1], "begun_at": begun_at}
        return None if begun_at == asked else {"after": 0}


def _lane(audience: Audience, of: int) -> str:
    return f"{audience.value}-{of}"


def _job(news: Sequence[News], audience: Audience, of: int) -> Document:
    return {
        "news": [
            {"section": one.section.value, "key": one.key, "member": one.member} for one in news
        ],
        "audience": audience.value,
        "of": of,
        "after": 0,
    }


def _name(one: News) -> str:
    return f"{one.section.value}-{one.key}-{one.member}"
