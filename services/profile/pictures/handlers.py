"""What happens to pictures, in order."""

from services.profile.clock import now
from services.profile.pictures import rules
from services.profile.pictures.objects import ObjectStore
from services.profile.pictures.store import PictureStore
from services.profile.pictures.studio import Studio
from shared.contract import Table
from shared.contracts import pictures
from shared.mongo import Session


class PictureHandlers:
    """Gives leave to upload, keeps what is uploaded, and gives it to everyone."""

    def __init__(
        self, tickets: rules.Tickets, documents: PictureStore, objects: ObjectStore, studio: Studio
    ) -> None:
        self._tickets, self._documents = tickets, documents
        self._objects, self._studio = objects, studio

    async def issue_ticket(self, ask: pictures.IssueTicket) -> pictures.Ticket:
        """Give the caller leave to upload pictures for an hour."""
        return self._tickets.issue(ask.user_id)

    async def store(self, ask: pictures.StorePicture) -> pictures.Picture:
        """Keep a picture for whoever has a ticket, and name it.

        Refuses, in this order: a bad ticket, too many bytes, too many uploads in this hour, what
        is no picture or one of too many pixels.
        """
        owner = self._tickets.owner_of(ask.ticket)
        rules.check_size(ask.content)
        with self._studio.place():
            await self._documents.count_upload(owner)
            drawn = await self._studio.redraw(ask.content)
        picture = pictures.Picture(
            key=rules.new_key(drawn.media_type),
            width=drawn.width,
            height=drawn.height,
            size=len(drawn.content),
            media_type=drawn.media_type,
            created_at=now(),
        )
        # The object comes first, so that no document points nowhere; the sweep removes an object
        # whose document never came.
        await self._objects.put(picture.key, drawn.content)
        if not await self._documents.insert(owner, picture):
            await self._objects.delete(picture.key)
            raise pictures.BadTicket
        return picture

    async def read(self, ask: pictures.ReadPicture) -> pictures.PictureContent:
        """Give a picture to anyone who knows its key."""
        content = await self._objects.get(ask.key) if rules.is_key(ask.key) else None
        if content is None:
            raise pictures.NoSuchPicture
        return pictures.PictureContent(content=content, media_type=rules.media_type_of(ask.key))

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's pictures: the bytes first, so that none outlives its document."""
        for key in await self._documents.keys_of(user_id, session):
            await self._objects.delete(key)
        await self._documents.erase(user_id, session)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            pictures.issue_ticket: self.issue_ticket,
            pictures.store_picture: self.store,
            pictures.read_picture: self.read,
        }
