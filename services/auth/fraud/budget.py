"""What SMS with codes may cost in a day, over all instances."""

from services.auth.fraud.attempts import Attempt
from services.auth.fraud.rules import Prices
from shared.contracts import fraud, notify
from shared.redis import Redis, Spending
from shared.telemetry import metrics

ALL = "all"


class Budget:
    """Money for a day (UTC), in thousandths."""

    def __init__(self, redis: Redis, prices: Prices, most: int) -> None:
        self._redis, self._prices, self._most = redis, prices, most
        metrics.CODE_BUDGET.set(most / 1000)

    def spending(self, attempt: Attempt) -> Spending | None:
        """Give what a code costs; nothing by e-mail."""
        if attempt.channel is not notify.Channel.SMS:
            return None
        return self._of(attempt.country)

    def _of(self, country: str) -> Spending:
        return Spending("sms", country, self._prices.of(country), self._most)

    async def read(self, ask: fraud.ReadBudget) -> fraud.Budget:
        """Tell what is spent today."""
        spent = await self._redis.spent(self._of(ALL))
        total = spent.pop(ALL, 0)
        countries = [
            fraud.Spent(country=country, price=self._prices.of(country), spent=amount)
            for country, amount in sorted(spent.items(), key=lambda one: -one[1])
        ]
        return fraud.Budget(budget=self._most, spent=total, countries=countries)
