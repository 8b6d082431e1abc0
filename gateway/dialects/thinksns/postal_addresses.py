"""Where a person has things sent. The times of these alone are written in another form."""

import msgspec

from gateway.core import Core
from gateway.dialects.thinksns import inputs, lists, rules
from gateway.dialects.thinksns.checks import Checks, optional, required
from gateway.dialects.thinksns.moments import address_moment
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import postal_addresses as contract
from shared.contracts.postal_addresses import NoSuchPostalAddress, PostalAddress


class Shown(msgspec.Struct, frozen=True):
    """An address."""

    id: int
    user_id: int
    alias: str | None
    name: str
    phone: str
    province: str | None
    city: str | None
    county: str | None
    detail: str
    postcode: str | None
    is_default: bool
    created_at: str
    updated_at: str


class PostalAddresses(Handlers):
    """Keeps addresses of the caller; another's is answered like one that there is not."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def show_all(self, caller: Caller) -> list[Shown]:
        """List one's addresses, the newest first; there are at most 20."""
        ask = contract.OfPerson(user_id=caller.user_id)
        found = await self.core.bus.ask(contract.list_addresses, ask, caller=caller)
        return [_shown(one) for one in found]

    async def show(self, address: str, caller: Caller) -> Shown:
        """Show one address."""
        ask = contract.OnePostalAddress(user_id=caller.user_id, id=_id(address))
        return _shown(await self.core.bus.ask(contract.read_address, ask, caller=caller))

    async def add(self, data: inputs.NewPostalAddress, caller: Caller) -> Shown:
        """Keep another address; as the default one it takes the place of the one that was."""
        checks = Checks()
        ask = contract.AddPostalAddress(
            user_id=caller.user_id,
            name=checks.of("name", required(rules.gb18030_of("name")), data.name),
            phone=checks.of("phone", required(rules.mobile), data.phone),
            detail=checks.of("detail", required(rules.gb18030_of("detail")), data.detail),
            is_default=checks.of("is_default", rules.truth, data.is_default),
            alias=checks.of("alias", optional(rules.gb18030_of("alias")), data.alias),
            province=checks.of("province", optional(rules.gb18030_of("province")), data.province),
            city=checks.of("city", optional(rules.gb18030_of("city")), data.city),
            county=checks.of("county", optional(rules.gb18030_of("county")), data.county),
            postcode=checks.of("postcode", optional(rules.postcode), data.postcode),
        )
        checks.end()
        return _shown(await self.core.bus.ask(contract.add_address, ask, caller=caller))

    async def change(self, address: str, data: inputs.PostalAddressChange, caller: Caller) -> Shown:
        """Change what is given of an address, with PUT as with PATCH."""
        checks = Checks()
        ask = contract.ChangePostalAddress(
            user_id=caller.user_id,
            id=_id(address),
            name=checks.change("name", required(rules.gb18030_of("name")), data.name),
            phone=checks.change("phone", required(rules.mobile), data.phone),
            detail=checks.change("detail", required(rules.gb18030_of("detail")), data.detail),
            is_default=checks.change("is_default", rules.truth, data.is_default),
            alias=checks.change("alias", optional(rules.gb18030_of("alias")), data.alias),
            province=checks.change(
                "province", optional(rules.gb18030_of("province")), data.province
            ),
            city=checks.change("city", optional(rules.gb18030_of("city")), data.city),
            county=checks.change("county", optional(rules.gb18030_of("county")), data.county),
            postcode=checks.change("postcode", optional(rules.postcode), data.postcode),
        )
        checks.end()
        return _shown(await self.core.bus.ask(contract.change_address, ask, caller=caller))

    async def delete(self, address: str, caller: Caller) -> None:
        """Forget an address; after the default one none is."""
        ask = contract.OnePostalAddress(user_id=caller.user_id, id=_id(address))
        await self.core.bus.ask(contract.delete_address, ask, caller=caller)


def _id(text: str) -> int:
    found = lists.user_id(text)
    if found is None:
        raise NoSuchPostalAddress()
    return found


def _shown(row: PostalAddress) -> Shown:
    return Shown(
        id=row.id,
        user_id=row.user_id,
        alias=row.alias,
        name=row.name,
        phone=row.phone,
        province=row.province,
        city=row.city,
        county=row.county,
        detail=row.detail,
        postcode=row.postcode,
        is_default=row.is_default,
        created_at=address_moment(row.created_at),
        updated_at=address_moment(row.updated_at),
    )
