"""The settings of the profile service."""

from typing import Annotated

from msgspec import Meta, field

from shared.settings import Key, Stored


class Config(Stored, frozen=True, kw_only=True):
    """What the profile service is told."""

    media_dir: Annotated[
        str, Meta(min_length=1, description="folder of the pictures, shared by all instances")
    ] = field(name="MEDIA_DIR")
    upload_key: Annotated[
        Key, Meta(description="signs the tickets that pictures are uploaded with")
    ] = field(name="USERHUB_UPLOAD_KEY")
