"""The process of the social service."""

import os

from services.social import erasing, jobs
from services.social.blacklist import store as blacklist_store
from services.social.blacklist.handlers import BlacklistHandlers
from services.social.blacklist.store import BlacklistStore
from services.social.bots import handlers as bot_handlers
from services.social.bots import store as bot_store
from services.social.bots.handlers import BotHandlers
from services.social.bots.store import BotStore
from services.social.config import Config
from services.social.contacts import store as contact_store
from services.social.contacts.applying import Applying
from services.social.contacts.handlers import ContactHandlers
from services.social.contacts.store import ApplicationStore
from services.social.counters import Counters
from services.social.directory import store as directory_store
from services.social.directory.handlers import DirectoryHandlers
from services.social.directory.store import DirectoryStore
from services.social.erasing import Erasing, Step
from services.social.follows import store as follow_store
from services.social.follows.handlers import FollowHandlers
from services.social.follows.store import FollowStore
from services.social.follows.ties import Ties
from services.social.friendships import store as friendship_store
from services.social.friendships.handlers import FriendshipHandlers
from services.social.friendships.store import FriendshipStore
from services.social.groups import store as group_store
from services.social.groups.handlers import GroupHandlers
from services.social.groups.seats import Seats
from services.social.groups.store import GroupStore
from services.social.groups.synced import SyncedGroups
from services.social.groups.telling import Telling
from services.social.ids import Ids
from services.social.migrations import MIGRATIONS
from services.social.people import People
from services.social.remarks import store as remark_store
from services.social.remarks.handlers import RemarkHandlers
from services.social.remarks.store import RemarkStore
from services.social.sync import fan_out as fan_out_jobs
from services.social.sync import log
from services.social.sync.fan_out import Audience, FanOut, PageOfPeople
from services.social.sync.handlers import SyncHandlers
from services.social.sync.log import SyncLog
from services.social.sync.reading import SyncReader
from services.social.turns import Turns
from shared import runtime, settings
from shared.contracts import deletion, profile

INDEXES = (
    blacklist_store.INDEXES,
    friendship_store.INDEXES,
    follow_store.INDEXES,
    log.INDEXES,
    group_store.INDEXES,
    directory_store.INDEXES,
    contact_store.INDEXES,
    remark_store.INDEXES,
    bot_store.INDEXES,
    bot_handlers.INDEXES,
    fan_out_jobs.INDEXES,
    erasing.INDEXES,
)


async def main(config: Config) -> None:
    """Serve who knows whom until told to stop."""
    async with runtime.running("social", "userhub_social", config) as rt:
        await rt.prepare(MIGRATIONS, *INDEXES)
        people, counters, sync_log = People(rt.bus, rt.mongo), Counters(rt.mongo), SyncLog(rt.mongo)
        blacklist, friendships = BlacklistStore(rt.mongo), FriendshipStore(rt.mongo)
        follows, remarks, turns = FollowStore(rt.mongo), RemarkStore(rt.mongo), Turns()
        ties = Ties(rt.outbox, people, follows)
        kept = (rt.mongo, turns, rt.outbox, people, counters, sync_log, blacklist)
        blocking, befriending = (
            BlacklistHandlers(*kept, ties),
            FriendshipHandlers(*kept, friendships, remarks),
        )
        following = FollowHandlers(rt.mongo, turns, rt.outbox, people, blacklist, follows, ties)
        groups = GroupStore(rt.mongo)
        audiences: dict[Audience, PageOfPeople] = {
            Audience.FRIENDS: friendships.audience,
            Audience.MEMBERS: groups.page,
            Audience.EVER_MEMBERS: groups.page_of_ever,
        }
        fan_out = FanOut(rt.mongo, sync_log, audiences)
        telling = Telling(sync_log, fan_out)
        applications = ApplicationStore(rt.mongo)
        seats = Seats(rt.outbox, people, counters, groups, telling, applications)
        ids, directory = Ids(rt.bus), DirectoryStore(rt.mongo)
        grouping = GroupHandlers(
            rt.mongo, rt.outbox, people, blacklist, ids, groups, seats, telling, fan_out, directory
        )
        listing = DirectoryHandlers(rt.mongo, rt.outbox, ids, groups, directory)
        bot_rows = BotStore(rt.mongo)
        bots = BotHandlers(rt.mongo, rt.outbox, people, counters, ids, bot_rows)
        applying = Applying(
            rt.mongo, rt.outbox, people, blacklist, ids, groups, seats, fan_out, applications
        )
        noting = RemarkHandlers(rt.mongo, people, counters, groups, bot_rows, befriending, remarks)
        contacting = ContactHandlers(befriending, grouping, bots, applying)
        synced = SyncedGroups(rt.mongo, groups)
        reader = SyncReader(rt.mongo, sync_log, blacklist, friendships, synced)
        syncing = SyncHandlers(rt.mongo, sync_log, fan_out, reader, groups)
        # What tells others comes before the leaving person's own counts and log.
        steps: dict[str, Step] = {
            "blacklist": blocking.erase,
            "friendships": befriending.erase,
            "follows": following.erase,
            "groups": seats.erase,
            "applications": applications.forget,
            "bots": bots.erase,
            "remarks": noting.erase,
            "counters": counters.forget,
            "sync_log": sync_log.forget,
        }
        leaving = Erasing(rt.mongo, rt.outbox, steps)
        await rt.serve(
            blocking.table(),
            befriending.table(),
            following.table(),
            grouping.table(),
            listing.table(),
            bots.table(),
            contacting.table(),
            noting.table(),
            syncing.table(),
        )
        rt.listen(
            {
                deletion.UserDeleting: leaving.on_deleting,
                profile.ProfileChanged: syncing.on_profile_changed,
            }
        )
        async with jobs.worked_off(fan_out.jobs, leaving.jobs, bots.jobs):
            await rt.until_stopped()


if __name__ == "__main__":
    runtime.run(main(settings.read_or_exit(Config, os.environ, "social")))
