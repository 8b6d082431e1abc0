"""What happens to pictures, in order."""

from functools import partial

from services.profile.pictures import rules
from services.profile.pictures.drawing import Drawn, Look
from services.profile.pictures.looks import Looks
from services.profile.pictures.objects import ObjectStore, remove_all
from services.profile.pictures.store import PictureStore
from services.profile.pictures.studio import Studio
from shared.caller import acting
from shared.clock import now
from shared.contract import Table
from shared.contracts import pictures
from shared.mongo import Session
from shared.telemetry import logs

log = logs.logger("pictures")


class PictureHandlers:
    """Gives leave to upload, keeps what is uploaded, and gives it to whoever may see it."""

    def __init__(
        self,
        tickets: rules.Tickets,
        documents: PictureStore,
        objects: ObjectStore,
        studio: Studio,
        looks: Looks,
    ) -> None:
        self._tickets, self._documents = tickets, documents
        self._objects, self._studio, self._looks = objects, studio, looks

    async def issue_ticket(self, ask: pictures.IssueTicket) -> pictures.Ticket:
        """Give the caller leave to upload pictures for an hour."""
        return self._tickets.issue(ask.user_id)

    async def store(self, ask: pictures.StorePicture) -> pictures.Picture:
        """Keep a picture for whoever has a ticket, and name it.

        Refuses, in this order: a bad ticket, too many bytes, too many uploads in this hour, what
        is no picture or one of too many pixels, one picture more than a person may have.
        """
        return await self._add(self._tickets.owner_of(ask.ticket), ask.content, unused=False)

    async def add(self, ask: pictures.AddPicture) -> pictures.Picture:
        """Keep a picture of the caller; refuses the same, but needs no ticket."""
        return await self._add(ask.user_id, ask.content, unused=ask.unless_unused)

    async def _add(self, owner: int, content: bytes, *, unused: bool) -> pictures.Picture:
        rules.check_size(content)
        drawn = await self._redraw(owner, content)
        key = rules.new_key(drawn.media_type)
        picture = pictures.Picture(
            key=key,
            width=drawn.width,
            height=drawn.height,
            size=len(drawn.content),
            media_type=drawn.media_type,
            created_at=now(),
        )
        await self._keep(owner, picture, drawn.content, unused=unused)
        return picture

    async def announce(self, ask: pictures.AnnouncePicture) -> pictures.AnnouncedPicture:
        """Give the caller leave to upload this one picture; keeps nothing."""
        if ask.size > pictures.MOST_BYTES:
            raise pictures.PictureTooLarge(bytes=ask.size, limit=pictures.MOST_BYTES)
        return self._tickets.announce(ask)

    async def store_announced(self, ask: pictures.StoreAnnounced) -> pictures.Picture:
        """Keep what was announced, under the key that was given out then.

        Refuses, in this order: a bad token or one whose picture came, other content than was
        announced, too many uploads in this hour, what is no such picture.
        """
        announced = self._tickets.announced(ask.token)
        rules.check_announced(announced, ask.content)
        if await self._documents.came(announced.key):
            raise pictures.BadTicket
        media_type = rules.kept_as(announced.media_type)
        drawn = await self._redraw(announced.owner, ask.content, media_type)
        if drawn.drawn_from != announced.media_type:
            raise pictures.NotAsAnnounced(field="media_type")
        picture = pictures.Picture(
            key=announced.key,
            width=drawn.width,
            height=drawn.height,
            size=len(drawn.content),
            media_type=drawn.media_type,
            created_at=rules.created_at(announced),
            channel=announced.channel,
        )
        await self._keep(announced.owner, picture, drawn.content, unused=True)
        return picture

    async def _redraw(self, owner: int, content: bytes, media_type: str | None = None) -> Drawn:
        with self._studio.place():
            await self._documents.count_upload(owner)
            return await self._studio.redraw(content, media_type)

    async def _keep(
        self, owner: int, picture: pictures.Picture, content: bytes, *, unused: bool
    ) -> None:
        # The object comes first, so that no document points nowhere; the sweep removes an object
        # whose document never came.
        await self._objects.put(picture.key, content)
        if not await self._documents.insert(owner, picture, unused=unused):
            await self._objects.delete(picture.key)
            raise pictures.BadTicket

    async def read(self, ask: pictures.ReadPicture) -> pictures.PictureContent:
        """Give a picture to anyone who knows its key, a private one only with a pass."""
        found = await self._documents.find(ask.key) if rules.is_key(ask.key) else None
        if found is None or not self._may_see(found, ask.pass_):
            raise pictures.NoSuchPicture
        look = Look(ask.width, ask.height, ask.blur, ask.quality)
        content = partial(self._objects.get, ask.key)
        if look.changes(found.width, found.height):
            shown = await self._looks.show(ask.key, look, content)
        else:
            shown = await content()
        if shown is None:
            raise pictures.NoSuchPicture
        return pictures.PictureContent(
            content=shown, media_type=found.media_type, channel=found.channel
        )

    def _may_see(self, picture: pictures.Picture, pass_: str) -> bool:
        return picture.channel is pictures.Channel.PUBLIC or self._tickets.admits(
            pass_, picture.key
        )

    async def describe(self, ask: pictures.DescribePictures) -> list[pictures.Picture]:
        """Say what is known of public pictures, to anyone who knows their keys."""
        return await self._documents.public(ask.keys)

    async def own(self, ask: pictures.OwnPicture) -> pictures.Picture:
        """Give a public picture that the caller uploaded, of the last seconds if so asked."""
        found = await self._documents.find_own(ask.user_id, ask.key)
        if found is None:
            raise pictures.NotYourPicture
        if ask.within is not None and (now() - found.created_at).total_seconds() > ask.within:
            raise pictures.NotYourPicture
        return found

    async def trace(self, ask: pictures.PictureByKey) -> pictures.OwnedPicture:
        """Tell an administrator whose a picture is, also of a private one."""
        found = await self._documents.find_with_owner(ask.key)
        if found is None:
            raise pictures.NoSuchPicture
        return found

    async def remove(self, ask: pictures.PictureByKey) -> None:
        """Remove a picture for an administrator, whoever shows it."""
        found = await self.trace(ask)
        await self._documents.remove_one(ask.key)
        await self._objects.delete(ask.key)
        log.info("pictures.removed", key=ask.key, owner=found.owner, actor=acting().user_id)

    async def erase_ahead(self, user_id: int) -> None:
        """Remove a person's pictures, some at a time: a bucket takes its time."""
        while keys := await self._documents.some_of(user_id):
            await remove_all(self._objects, keys)
            await self._documents.remove_some(user_id, keys)

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's pictures: the bytes first, so that none outlives its document."""
        await remove_all(self._objects, await self._documents.keys_of(user_id, session))
        await self._documents.erase(user_id, session)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            pictures.issue_ticket: self.issue_ticket,
            pictures.store_picture: self.store,
            pictures.add_picture: self.add,
            pictures.announce_picture: self.announce,
            pictures.store_announced: self.store_announced,
            pictures.read_picture: self.read,
            pictures.describe_pictures: self.describe,
            pictures.own_picture: self.own,
            pictures.trace_picture: self.trace,
            pictures.remove_picture: self.remove,
        }
