"""Every feature of the social service, put together: what is answered, heard and worked off."""

from collections.abc import Mapping, Sequence

from services.social import erasing
from services.social.blacklist import store as blacklist_store
from services.social.blacklist.handlers import BlacklistHandlers
from services.social.bots import handlers as bot_handlers
from services.social.bots import store as bot_store
from services.social.contacts import store as contact_store
from services.social.contacts.applying import Applying
from services.social.contacts.handlers import ContactHandlers
from services.social.counters import Counters
from services.social.directory import store as directory_store
from services.social.directory.handlers import DirectoryHandlers
from services.social.erasing import Erasing, Step
from services.social.follows import store as follow_store
from services.social.follows.handlers import FollowHandlers
from services.social.follows.ties import Ties
from services.social.friendships import store as friendship_store
from services.social.friendships.handlers import FriendshipHandlers
from services.social.groups import store as group_store
from services.social.groups.handlers import GroupHandlers
from services.social.groups.seats import Seats
from services.social.groups.synced import SyncedGroups
from services.social.groups.telling import Telling
from services.social.ids import Ids
from services.social.jobs import Jobs
from services.social.people import People
from services.social.remarks import store as remark_store
from services.social.remarks.handlers import RemarkHandlers
from services.social.sync import fan_out as fan_out_jobs
from services.social.sync import log
from services.social.sync.fan_out import Audience, FanOut
from services.social.sync.handlers import SyncHandlers
from services.social.sync.log import SyncLog
from services.social.sync.reading import SyncReader
from services.social.turns import Turns
from shared.bus import Bus
from shared.contract import Listeners, Table
from shared.contracts import deletion, profile
from shared.mongo import IndexModel, Mongo
from shared.outbox import Outbox

INDEXES: Sequence[Mapping[str, Sequence[IndexModel]]] = (
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


class Features:
    """The features of one process, each built of what it needs of the others."""

    def __init__(self, mongo: Mongo, bus: Bus, outbox: Outbox) -> None:
        people, ids, turns = People(bus, mongo), Ids(bus), Turns()
        counters, sync_log = Counters(mongo), SyncLog(mongo)
        blacklist = blacklist_store.BlacklistStore(mongo)
        friendships = friendship_store.FriendshipStore(mongo)
        follows = follow_store.FollowStore(mongo)
        groups = group_store.GroupStore(mongo)
        directory = directory_store.DirectoryStore(mongo)
        applications = contact_store.ApplicationStore(mongo)
        bots = bot_store.BotStore(mongo)
        remarks = remark_store.RemarkStore(mongo)

        ties = Ties(outbox, people, follows)
        blocking = BlacklistHandlers(turns, outbox, people, counters, sync_log, blacklist, ties)
        befriending = FriendshipHandlers(
            turns, outbox, people, counters, sync_log, blacklist, friendships, remarks
        )
        following = FollowHandlers(turns, outbox, people, blacklist, follows, ties)

        fan_out = FanOut(
            mongo,
            sync_log,
            {
                Audience.FRIENDS: friendships.audience,
                Audience.MEMBERS: groups.page,
                Audience.EVER_MEMBERS: groups.page_of_ever,
            },
        )
        telling = Telling(sync_log, fan_out)
        seats = Seats(outbox, people, counters, groups, telling, applications)
        grouping = GroupHandlers(
            outbox, people, blacklist, ids, groups, seats, telling, fan_out, directory
        )
        listing = DirectoryHandlers(outbox, ids, groups, directory)
        making_bots = bot_handlers.BotHandlers(mongo, outbox, people, counters, ids, bots)
        applying = Applying(outbox, people, blacklist, ids, groups, seats, fan_out, applications)
        noting = RemarkHandlers(mongo, people, counters, groups, bots, befriending, remarks)
        contacting = ContactHandlers(befriending, grouping, making_bots, applying)
        synced = SyncedGroups(mongo, groups)
        reader = SyncReader(mongo, sync_log, blacklist, friendships, synced)
        syncing = SyncHandlers(mongo, sync_log, fan_out, reader, groups)
        # What tells others comes before the leaving person's own counts and log.
        steps: dict[str, Step] = {
            "blacklist": blocking.erase,
            "friendships": befriending.erase,
            "follows": following.erase,
            "groups": seats.erase,
            "applications": applications.forget,
            "bots": making_bots.erase,
            "remarks": noting.erase,
            "counters": counters.forget,
            "sync_log": sync_log.forget,
        }
        leaving = Erasing(mongo, outbox, steps)

        handlers = (
            blocking,
            befriending,
            following,
            grouping,
            listing,
            making_bots,
            contacting,
            noting,
            syncing,
        )
        self.table: Table = {
            call: answer for one in handlers for call, answer in one.table().items()
        }
        self.listeners: Listeners = {
            deletion.UserDeleting: leaving.on_deleting,
            profile.ProfileChanged: syncing.on_profile_changed,
        }
        self.jobs: Sequence[Jobs] = (fan_out.jobs, leaving.jobs, making_bots.jobs)
