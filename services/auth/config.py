"""What the auth process is told."""

import os
from typing import Annotated, Literal

from msgspec import Meta, field

from services.auth.fraud.rules import Countries, Prices, thousandths
from shared.settings import Key, KeyRing, Stored

PRICES = "CN=0.045,*=0.6"
"""Yuan: what Tencent Cloud asks for an SMS within China (packet of 10,000), and somewhat more than
the middle of its list of other countries (0.08 US dollars)."""

DAY_BUDGET = "450"
"""10,000 SMS within China."""


class Config(Stored, frozen=True, kw_only=True):
    """Settings of the auth service."""

    redis_url: Annotated[str, Meta(min_length=1, description="where Redis is")] = field(
        name="REDIS_URL"
    )
    session_keys: Annotated[
        KeyRing, Meta(description="sign session tokens: `id:key[,id:key…]`, the first one signs")
    ] = field(name="USERHUB_SESSION_KEYS")
    peppers: Annotated[
        KeyRing,
        Meta(description="go into every password hash: `id:key[,…]`, the first for new ones"),
    ] = field(name="USERHUB_PASSWORD_PEPPERS")
    code_key: Annotated[
        Key, Meta(description="hides verification codes and addresses in Redis")
    ] = field(name="USERHUB_CODE_KEY")
    limit_scale: Annotated[
        float,
        Meta(gt=0, le=1e6, description="multiplies every limit per IP, per country or over all"),
    ] = field(name="USERHUB_LIMIT_SCALE", default=1.0)
    email_codes_hour: Annotated[
        int,
        Meta(ge=1, le=1000, description="codes to one e-mail address in an hour; twice in a day"),
    ] = field(name="EMAIL_CODES_HOUR", default=10)
    sms_countries: Annotated[
        str,
        Meta(
            description="countries that SMS with codes go to, by commas (ISO 3166), or `*` for "
            "all; default: `CN` in production, all in dev"
        ),
    ] = field(name="SMS_COUNTRIES", default="")
    sms_prices: Annotated[
        str,
        Meta(
            description="what an SMS costs by country, `*` being every other, in any one currency; "
            "default: yuan, by Tencent Cloud's list"
        ),
    ] = field(name="SMS_PRICES", default=PRICES)
    sms_day_budget: Annotated[
        str,
        Meta(description="what SMS with codes may cost in a day (UTC), in the same currency"),
    ] = field(name="SMS_DAY_BUDGET", default=DAY_BUDGET)
    count_unverified_codes: Annotated[
        Literal["production", "always"],
        Meta(
            description="when codes that nobody shows are counted, by network, country and address"
        ),
    ] = field(name="COUNT_UNVERIFIED_CODES", default="production")
    hash_memory_kib: Annotated[int, Meta(ge=7168, description="argon2id memory in KiB")] = field(
        name="HASH_MEMORY_KIB", default=19456
    )
    hash_passes: Annotated[int, Meta(ge=1, description="argon2id passes over the memory")] = field(
        name="HASH_PASSES", default=2
    )
    hash_threads: Annotated[
        int, Meta(ge=1, description="passwords hashed at once (default: one per core)")
    ] = field(name="HASH_THREADS", default_factory=lambda: os.cpu_count() or 1)
    hash_queue: Annotated[
        int, Meta(ge=1, description="passwords that may wait to be hashed before answering busy")
    ] = field(name="HASH_QUEUE", default=128)
    reserved_usernames: Annotated[
        str, Meta(description="usernames, by commas, that only administrators may have")
    ] = field(name="USERHUB_RESERVED_USERNAMES", default="root,admin,管理员,超级管理员")
    admin_email: Annotated[
        str, Meta(description="e-mail of the first administrator, made when there is none")
    ] = field(name="USERHUB_ADMIN_EMAIL", default="")
    admin_password: Annotated[
        str, Meta(description="password of the first administrator, 15 characters or more")
    ] = field(name="USERHUB_ADMIN_PASSWORD", default="")

    def __post_init__(self) -> None:
        """Refuse what cannot be read."""
        self.countries()
        self.prices()
        self.day_budget()

    def countries(self) -> Countries:
        """Where codes may be sent by SMS."""
        default = "CN" if self.env == "production" else "*"
        try:
            return Countries.parse(self.sms_countries or default)
        except ValueError as error:
            raise ValueError(f"SMS_COUNTRIES is wrong: it {error}") from None

    def prices(self) -> Prices:
        """What SMS cost."""
        try:
            return Prices.parse(self.sms_prices)
        except ValueError as error:
            raise ValueError(f"SMS_PRICES is wrong: it {error}") from None

    def day_budget(self) -> int:
        """What SMS with codes may cost in a day, in thousandths, scaled."""
        try:
            return int(thousandths(self.sms_day_budget) * self.limit_scale)
        except ValueError as error:
            raise ValueError(f"SMS_DAY_BUDGET is wrong: it {error}") from None

    @property
    def counts_unverified(self) -> bool:
        """Whether codes that nobody shows are counted."""
        return self.env == "production" or self.count_unverified_codes == "always"
