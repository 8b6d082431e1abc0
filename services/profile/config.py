"""The settings of the profile service."""

from typing import Annotated, Literal

from msgspec import Meta, field

from shared.settings import Key, Stored


class Config(Stored, frozen=True, kw_only=True):
    """What the profile service is told."""

    media_dir: Annotated[
        str, Meta(min_length=1, description="folder of the pictures, shared by all instances")
    ] = field(name="MEDIA_DIR")
    object_store: Annotated[
        Literal["local", "s3"],
        Meta(description="where pictures are kept: in that folder, or in a bucket that speaks S3"),
    ] = field(name="OBJECT_STORE", default="local")
    s3_endpoint: Annotated[
        str,
        Meta(
            pattern="^(https?://[^/?#]+)?$",
            description="where the bucket is served; empty: Amazon's, by the region",
        ),
    ] = field(name="S3_ENDPOINT", default="")
    s3_region: Annotated[str, Meta(description="the bucket's region")] = field(
        name="S3_REGION", default="us-east-1"
    )
    s3_bucket: Annotated[
        str, Meta(description="the bucket, which must hold nothing else than our pictures")
    ] = field(name="S3_BUCKET", default="")
    s3_access_key: Annotated[
        str, Meta(description="who reads, writes, lists and deletes there")
    ] = field(name="S3_ACCESS_KEY", default="")
    s3_secret_key: Annotated[str, Meta(description="its secret")] = field(
        name="S3_SECRET_KEY", default=""
    )
    upload_key: Annotated[
        Key, Meta(description="signs the tickets that pictures are uploaded with")
    ] = field(name="USERHUB_UPLOAD_KEY")

    def __post_init__(self) -> None:
        """Refuse a bucket that is only half described."""
        if self.object_store == "s3":
            for name, value in (
                ("S3_BUCKET", self.s3_bucket),
                ("S3_ACCESS_KEY", self.s3_access_key),
                ("S3_SECRET_KEY", self.s3_secret_key),
            ):
                if not value:
                    raise ValueError(f"{name} is not set, which OBJECT_STORE=s3 needs")
