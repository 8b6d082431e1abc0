"""What happens to the directory, in order."""

from services.social.directory import rules
from services.social.directory.store import DirectoryStore
from services.social.groups import rules as group_rules
from services.social.groups.store import GroupStore
from services.social.ids import Ids
from shared.clock import now
from shared.contract import Table
from shared.contracts import directory, groups
from shared.errors import UnusableText
from shared.mongo import Session
from shared.outbox import Outbox
from shared.texts import NOT_IN_LINE, NOT_IN_TEXT


class DirectoryHandlers:
    """Shows the directory to anybody; administrators shape it."""

    def __init__(
        self,
        outbox: Outbox,
        ids: Ids,
        groups: GroupStore,
        store: DirectoryStore,
    ) -> None:
        self._outbox, self._ids, self._groups, self._store = outbox, ids, groups, store

    async def categories(self, _: directory.AllCategories) -> list[directory.Category]:
        """Give all categories, by level, position and id."""
        return rules.in_order(await self._store.tree())

    async def search(self, ask: directory.SearchGroups) -> list[groups.Group]:
        """Give a page of the groups that are looked for, without their bulletins."""
        if ask.offset > directory.DEEPEST:
            return []
        chosen = None
        if ask.category_id or ask.category:
            tree = await self._store.tree()
            chosen = rules.with_those_below(ask.category_id, ask.category, tree)
        found = await self._store.search(ask, chosen)
        return [group_rules.shown_to(one, is_member=False) for one in found]

    async def read(self, ask: directory.ReadGroups) -> list[groups.Group]:
        """Give what there is of these groups, dismissed ones too, without their bulletins."""
        wanted = dict.fromkeys(ask.group_ids)
        found = await self._groups.find(wanted)
        return [group_rules.shown_to(found[one], is_member=False) for one in wanted if one in found]

    # -------------------------------------------------------------------- administrators

    async def ban(self, ask: directory.BanGroup) -> None:
        """Ban a group, or allow it again, and announce `GroupBanChanged`; again, nothing happens.

        Each ban has an id of its own. Refuses a group that is not there.
        """
        if NOT_IN_TEXT.search(ask.reason):
            raise UnusableText(field="reason")
        ban_id = await self._ids.one() if ask.banned else 0

        async def work(session: Session) -> None:
            group = await self._groups.hold(session, ask.group_id)
            if bool(group.ban_id) == ask.banned:
                return
            values = {"ban_id": ban_id, "ban_reason": ask.reason if ask.banned else ""}
            await self._groups.change(session, group, values)
            event = directory.GroupBanChanged(
                user_id=group.creator_id,
                group_id=group.group_id,
                banned=ask.banned,
                ban_id=ban_id or None,
            )
            await self._outbox.record(session, event)

        await self._outbox.transact(work)

    async def pick(self, ask: directory.PickGroup) -> None:
        """Pick a group, which is the first of the picks then, or pick it no longer.

        Refuses to pick what is not in the directory. A pick that leaves the directory is a pick
        again when it comes back.
        """

        async def work(session: Session) -> None:
            group = await self._groups.hold(session, ask.group_id)
            if ask.picked and not group_rules.is_listed(group):
                raise directory.NotInDirectory
            at = now() if ask.picked else None
            await self._store.pick(session, ask.group_id, at)

        await self._outbox.transact(work)

    async def set_category(self, ask: directory.SetCategory) -> None:
        """Make a category or change it.

        Refuses a parent that is not there, a third level, a name that is taken or cannot be shown,
        and one more than `CATEGORIES_MOST`.
        """
        if NOT_IN_LINE.search(ask.name) or not ask.name.strip():
            raise UnusableText(field="name")

        async def work(session: Session) -> None:
            tree = await self._store.hold_tree(session)
            rules.check_place(ask, tree)
            rules.check_room(ask, tree)
            category = directory.Category(
                category_id=ask.category_id,
                name=ask.name,
                parent_id=ask.parent_id,
                position=ask.position,
                shown_at=ask.shown_at,
            )
            await self._store.put(session, category)

        await self._outbox.transact(work)

    async def remove_category(self, ask: directory.RemoveCategory) -> None:
        """Remove a category; refuses one that is not there or has others below it.

        Groups that were in it keep its number and are in no category, until there is one of that
        number again.
        """

        async def work(session: Session) -> None:
            rules.check_removal(ask.category_id, await self._store.hold_tree(session))
            await self._store.remove(session, ask.category_id)

        await self._outbox.transact(work)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            directory.list_categories: self.categories,
            directory.search_groups: self.search,
            directory.read_groups: self.read,
            directory.ban_group: self.ban,
            directory.pick_group: self.pick,
            directory.set_category: self.set_category,
            directory.remove_category: self.remove_category,
        }
