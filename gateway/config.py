"""What the gateway process is told."""

import ipaddress
from typing import Annotated, Literal

from msgspec import Meta, field

from shared import public_ids
from shared.settings import Common, Key, KeyRing

_ORIGIN = r"https?://[^/?#*, ]+"
"""Exact: with a `*` any page could act, and read, with the cookie of whoever looks at it."""


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Config(Common, frozen=True, kw_only=True):
    """Settings of the gateway."""

    redis_url: Annotated[str, Meta(min_length=1, description="where Redis is")] = field(
        name="REDIS_URL"
    )
    host: Annotated[str, Meta(description="address to listen on")] = field(
        name="HOST", default="127.0.0.1"
    )
    port: Annotated[int, Meta(ge=1, le=65535, description="port to listen on")] = field(
        name="PORT", default=8000
    )
    workers: Annotated[int, Meta(ge=1, le=64, description="gateway processes")] = field(
        name="GATEWAY_WORKERS", default=1
    )
    public_url: Annotated[
        str,
        Meta(
            pattern="^https?://[^/?#]+$",
            description="how clients reach us; every link we give begins with it",
        ),
    ] = field(name="PUBLIC_URL", default="http://127.0.0.1:8000")
    session_keys: Annotated[
        KeyRing, Meta(description="check session tokens; the same as auth's")
    ] = field(name="USERHUB_SESSION_KEYS")
    limit_scale: Annotated[
        float, Meta(gt=0, description="multiplies every limit per IP, per country or over all")
    ] = field(name="USERHUB_LIMIT_SCALE", default=1.0)
    trusted_proxies: Annotated[
        str,
        Meta(description="networks, by comma, whose X-Forwarded-For is believed (none by default)"),
    ] = field(name="TRUSTED_PROXIES", default="")
    allowed_origins: Annotated[
        str,
        Meta(
            pattern=f"^(?:{_ORIGIN}(?:, *{_ORIGIN})*)?$",
            description="web origins, by comma, that may call us from a browser; each in full, as "
            "`https://web.example.com`",
        ),
    ] = field(name="ALLOWED_ORIGINS", default="")
    public_docs: Annotated[
        bool, Meta(description="serve /docs in production too; in dev it always is")
    ] = field(name="PUBLIC_DOCS", default=False)
    image_storage: Annotated[
        Literal["local", "qiniu"], Meta(description="where sealtalk clients upload pictures")
    ] = field(name="IMAGE_STORAGE", default="local")
    qiniu_access_key: Annotated[str, Meta(description="Qiniu access key")] = field(
        name="QINIU_ACCESS_KEY", default=""
    )
    qiniu_secret_key: Annotated[str, Meta(description="Qiniu secret key")] = field(
        name="QINIU_SECRET_KEY", default=""
    )
    qiniu_bucket: Annotated[str, Meta(description="Qiniu bucket")] = field(
        name="QINIU_BUCKET", default=""
    )
    qiniu_domain: Annotated[
        str, Meta(description="host that serves the bucket's pictures, without http://")
    ] = field(name="QINIU_DOMAIN", default="")
    im_provider: Annotated[
        Literal["local", "rongcloud"],
        Meta(
            description="who gives instant-messaging tokens, the same as notify's; `local`: they "
            "are sealed here"
        ),
    ] = field(name="IM_PROVIDER", default="local")
    im_key: Annotated[
        Key | None,
        Meta(description="seals instant-messaging tokens; required when IM_PROVIDER is local"),
    ] = field(name="USERHUB_IM_KEY", default=None)
    sealtalk_id_alphabet: public_ids.Alphabet = public_ids.ALPHABET
    sealtalk_id_length: public_ids.Length = public_ids.LENGTH
    sealtalk_cookie: Annotated[
        str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$", description="name of sealtalk's session cookie")
    ] = field(name="SEALTALK_COOKIE", default="rong_im_auth")
    sealtalk_cookie_domain: Annotated[
        str, Meta(pattern="^[A-Za-z0-9.-]*$", description="its Domain; empty: the host itself")
    ] = field(name="SEALTALK_COOKIE_DOMAIN", default="")
    sealtalk_cookie_samesite: Annotated[
        Literal["Lax", "Strict", "None"],
        Meta(description="its SameSite; `None` for a web client on another site, needs https"),
    ] = field(name="SEALTALK_COOKIE_SAMESITE", default="Lax")
    leaf_sessions: Annotated[
        int, Meta(ge=1, le=100, description="logins of one person at once through leaf")
    ] = field(name="LEAF_SESSIONS", default=3)
    thinksns_rate_limit: Annotated[
        int,
        Meta(
            ge=1,
            description="requests a minute of one of thinksns' people, or of one network without a "
            "session (the latter times `USERHUB_LIMIT_SCALE`)",
        ),
    ] = field(name="THINKSNS_RATE_LIMIT", default=600)
    reserved_usernames: Annotated[
        str, Meta(description="told to thinksns' clients; the same as auth's")
    ] = field(name="USERHUB_RESERVED_USERNAMES", default="root,admin,管理员,超级管理员")

    def __post_init__(self) -> None:
        """Refuse settings that only make sense together."""
        if self.image_storage == "qiniu":
            for name, value in (
                ("QINIU_ACCESS_KEY", self.qiniu_access_key),
                ("QINIU_SECRET_KEY", self.qiniu_secret_key),
                ("QINIU_BUCKET", self.qiniu_bucket),
                ("QINIU_DOMAIN", self.qiniu_domain),
            ):
                if not value:
                    raise ValueError(f"{name} is not set, which IMAGE_STORAGE=qiniu needs")
        if self.im_provider == "local" and self.im_key is None:
            raise ValueError("USERHUB_IM_KEY is not set (IM_PROVIDER local needs it)")
        if self.sealtalk_cookie_samesite == "None" and not self.secure:
            raise ValueError("SEALTALK_COOKIE_SAMESITE=None needs a PUBLIC_URL of https")
        public_ids.check_alphabet(self.sealtalk_id_alphabet)
        try:
            networks(self.trusted_proxies)
        except ValueError as error:
            raise ValueError(f"TRUSTED_PROXIES is wrong: {error}") from None

    @property
    def secure(self) -> bool:
        """Whether clients reach us over https."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """Host and port of the public URL."""
        return self.public_url.partition("://")[2]


def networks(text: str) -> list[Network]:
    """Read the networks of the proxies that are trusted."""
    names = (name.strip() for name in text.split(","))
    return [ipaddress.ip_network(name) for name in names if name]
