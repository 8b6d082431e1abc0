"""Where the owners of accounts are at home: in networks that are known to be theirs."""

from services.auth.accounts.rules import by_address
from services.auth.accounts.store import MongoAccounts
from services.auth.logins.attempts import counted_as
from services.auth.logins.failures import Failures
from shared.contracts import accounts


class Homes:
    """Tells strangers from owners for who sends codes."""

    def __init__(self, accounts: MongoAccounts, failures: Failures) -> None:
        self._accounts, self._failures = accounts, failures

    async def owner(self, address: str, ip: str) -> tuple[int | None, bool]:
        """Give who may log in with this address (see `addresses.key`), and if they are at home."""
        account = await self._accounts.find(**by_address(address))
        if account is None or account.state != accounts.State.ACTIVE:
            return None, False
        return account.user_id, await self._failures.knows(counted_as(account), ip)

    async def knows(self, user_id: int, ip: str) -> bool:
        """Tell whether an account was used from the network of an IP address."""
        account = await self._accounts.find(user_id=user_id)
        return account is not None and await self._failures.knows(counted_as(account), ip)
