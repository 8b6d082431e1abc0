"""The settings of the notify service."""

from typing import Annotated, Literal

from msgspec import Meta, field

from services.notify.provider_settings import ProviderSettings
from shared import public_ids
from shared.settings import Key

RONGCLOUD_URL = "https://api.rong-api.com"
"""RongCloud's data centre Beijing, as its documentation names it."""


class Config(ProviderSettings, frozen=True, kw_only=True):
    """What the notify service is told."""

    lookup_key: Annotated[
        Key,
        Meta(
            description="hashes addresses, so that deliveries are found by them and do not show "
            "them"
        ),
    ] = field(name="USERHUB_LOOKUP_KEY")
    im_provider: Annotated[
        Literal["local", "rongcloud"],
        Meta(
            description="who gives instant-messaging tokens and is told what happens between "
            "people, the same as the gateway's; `local`: that seals tokens, nobody is told"
        ),
    ] = field(name="IM_PROVIDER", default="local")
    rongcloud_url: Annotated[
        str, Meta(pattern="^https?://", description="RongCloud's server API, by data centre")
    ] = field(name="RONGCLOUD_URL", default=RONGCLOUD_URL)
    rongcloud_app_key: Annotated[
        str, Meta(description="RongCloud's App Key; required when IM_PROVIDER is rongcloud")
    ] = field(name="RONGCLOUD_APP_KEY", default="")
    rongcloud_app_secret: Annotated[
        str, Meta(description="RongCloud's App Secret; required when IM_PROVIDER is rongcloud")
    ] = field(name="RONGCLOUD_APP_SECRET", default="")

    sealtalk_id_alphabet: public_ids.Alphabet = public_ids.ALPHABET
    sealtalk_id_length: public_ids.Length = public_ids.LENGTH

    def __post_init__(self) -> None:
        """Refuse to go without what the other settings make necessary."""
        public_ids.check_alphabet(self.sealtalk_id_alphabet)
        self.check_providers()
        if self.im_provider == "rongcloud":
            for name, value in (
                ("RONGCLOUD_APP_KEY", self.rongcloud_app_key),
                ("RONGCLOUD_APP_SECRET", self.rongcloud_app_secret),
            ):
                if not value:
                    raise ValueError(f"{name} is not set (IM_PROVIDER rongcloud needs it)")
