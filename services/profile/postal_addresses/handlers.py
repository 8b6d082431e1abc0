"""What happens to postal addresses, in order; only their owner ever sees them."""

from collections.abc import Callable, Sequence

from services.profile.numbers import Numbers
from services.profile.postal_addresses import rules
from services.profile.postal_addresses.store import PostalAddressStore
from shared.clock import now
from shared.contract import Table
from shared.contracts import postal_addresses, profile
from shared.contracts.postal_addresses import PostalAddress
from shared.erasure import may_keep
from shared.mongo import Mongo, Session


class PostalAddressHandlers:
    """Keeps the addresses of people."""

    def __init__(self, mongo: Mongo, addresses: PostalAddressStore, numbers: Numbers) -> None:
        self._mongo, self._addresses, self._numbers = mongo, addresses, numbers

    async def list(self, ask: postal_addresses.OfPerson) -> list[PostalAddress]:
        """Give the caller's addresses, the newest first."""
        return await self._addresses.read(ask.user_id)

    async def read(self, ask: postal_addresses.OnePostalAddress) -> PostalAddress:
        """Give one of the caller's addresses."""
        return rules.found(await self._addresses.read(ask.user_id), ask.id)

    async def add(self, ask: postal_addresses.AddPostalAddress) -> PostalAddress:
        """Keep another address of the caller; a default one makes the others none.

        Refuses unusable and too long text, and one address too many.
        """
        time = now()
        new = PostalAddress(
            id=await self._numbers.one(),
            user_id=ask.user_id,
            alias=ask.alias,
            name=ask.name,
            phone=ask.phone,
            province=ask.province,
            city=ask.city,
            county=ask.county,
            detail=ask.detail,
            postcode=ask.postcode,
            is_default=ask.is_default,
            created_at=time,
            updated_at=time,
        )
        rules.check({field: getattr(ask, field) for field in postal_addresses.LONGEST})
        await self._write(ask.user_id, lambda present: rules.added(present, new))
        return new

    async def change(self, ask: postal_addresses.ChangePostalAddress) -> PostalAddress:
        """Change one of the caller's addresses and give it as it is then.

        Refuses unusable and too long text, and an address that is not the caller's.
        """
        values, time = rules.given(ask), now()
        rules.check(values)
        written = await self._write(
            ask.user_id, lambda present: rules.changed(present, ask.id, values, time)
        )
        return rules.found(written, ask.id)

    async def delete(self, ask: postal_addresses.OnePostalAddress) -> None:
        """Remove one of the caller's addresses."""
        await self._write(ask.user_id, lambda present: rules.removed(present, ask.id))

    async def _write(
        self,
        user_id: int,
        change: Callable[[Sequence[PostalAddress]], Sequence[PostalAddress]],
    ) -> Sequence[PostalAddress]:
        async def work(session: Session) -> Sequence[PostalAddress]:
            wanted = change(await self._addresses.read(user_id, session))
            if not await may_keep(self._mongo, session, user_id):
                raise profile.NoSuchProfile
            await self._addresses.write(user_id, wanted, session)
            return wanted

        return await self._mongo.transact(work)

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove all addresses of a person."""
        await self._addresses.erase(user_id, session)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            postal_addresses.list_addresses: self.list,
            postal_addresses.read_address: self.read,
            postal_addresses.add_address: self.add,
            postal_addresses.change_address: self.change,
            postal_addresses.delete_address: self.delete,
        }
