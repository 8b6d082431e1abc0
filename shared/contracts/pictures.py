"""Pictures: what the profile service accepts, answers and refuses of them.

A picture is stored once and has one key, whatever a dialect calls it: `/media/<key>` of ours, an
image of leaf, a node of thinksns (`public:2026/11/25/<key>`) are names of the same thing. Every
picture is decoded and drawn anew, and belongs to the person who uploaded it.
"""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Message, Secret, UserId
from shared.contracts.accounts import Role
from shared.errors import AppError, Kind, LimitReached

MOST_BYTES = 5 * 1024 * 1024
"""Largest upload: photos of present phones have 2 to 5 MiB."""

MOST_PICTURES = 1000
"""Pictures that are kept of one person."""

UNUSED_HOURS = 24
"""How long a picture is kept that nothing uses, where it was uploaded to be used at once."""

READ_AT_ONCE = 500
"""Pictures described in one answer: as many as there are people on the longest page."""

LONGEST_EDGE = 1024
"""Pixels, in width and height, of what is kept: twice what clients show of an avatar."""

Key = Annotated[str, Meta(pattern="^[a-z0-9]{1,64}\\.[a-z]{2,5}$")]
"""Name of a picture that nobody can guess; its ending says what it is."""

_NODE = re.compile(
    r"(?:public|private):(?:[0-9]{4}/[0-9]{2}/[0-9]{2}/)?([a-z0-9]{1,64}\.[a-z]{2,5})"
)


class Channel(StrEnum):
    """Who may see a picture."""

    PUBLIC = "public"
    """Anyone who knows its key."""
    PRIVATE = "private"
    """Nobody without a pass, which is good for some minutes."""


# ---------------------------------------------------------------------------------- refusals


class UnusablePicture(AppError):
    """This is not a picture that can be used: a whole PNG, JPEG, GIF or WebP."""

    code, kind = "profile.unusable_picture", Kind.INVALID


class PictureTooLarge(AppError):
    """The picture has more than 5 MiB or more than 40 million pixels."""

    code, kind = "profile.picture_too_large", Kind.INVALID


class BadTicket(AppError):
    """The upload token is not valid, or not any more."""

    code, kind = "profile.bad_ticket", Kind.UNAUTHENTICATED


class TooManyPictures(AppError):
    """As many pictures are kept of you as can be."""

    code, kind = "profile.too_many_pictures", Kind.CONFLICT


class NotAsAnnounced(AppError):
    """What was uploaded is not what was announced: `field` is `md5`, `size` or `media_type`."""

    code, kind = "profile.not_as_announced", Kind.INVALID


class NoSuchPicture(AppError):
    """There is no such picture."""

    code, kind = "profile.no_such_picture", Kind.NOT_FOUND


class NotYourPicture(AppError):
    """This is no picture that you uploaded, or it was uploaded too long ago."""

    code, kind = "profile.not_your_picture", Kind.INVALID


# ---------------------------------------------------------------------------------- messages


class Picture(Message):
    """A stored picture: its key is its name below the media URL."""

    key: str
    width: int
    height: int
    size: int
    media_type: str
    created_at: datetime
    channel: Channel = Channel.PUBLIC

    @property
    def node(self) -> str:
        """The picture's name where pictures are called nodes."""
        return node(self.channel, self.created_at, self.key)


def node(channel: Channel, created_at: datetime, key: str) -> str:
    """Name a picture as a node: channel, day (UTC) and key."""
    return f"{channel}:{created_at:%Y/%m/%d}/{key}"


def key_of_node(text: str) -> str | None:
    """Give the key in a node, or nothing if the text is none; the key alone decides."""
    found = _NODE.fullmatch(text)
    return found[1] if found else None


class IssueTicket(Message):
    """Ask for leave to upload a picture."""

    user_id: UserId


class Ticket(Message):
    """Leave to upload pictures for an hour, for one person."""

    token: Secret
    expires_at: datetime


class StorePicture(Message):
    """Upload a picture of at most 5 MiB and 40 million pixels: PNG, JPEG, GIF or WebP by content.

    It is drawn anew, upright, at most 1024 pixels wide and high, without any metadata; of an
    animation the first frame. A person may upload 30 times an hour, failed tries included.
    """

    ticket: Secret
    content: bytes


class AddPicture(Message):
    """Upload a picture as oneself, without a ticket; otherwise as `StorePicture`.

    With `unless_unused` it is removed after a day in which it is neither avatar nor cover nor part
    of a verification.
    """

    user_id: UserId
    content: bytes
    unless_unused: bool = False


class AnnouncePicture(Message):
    """Announce an upload: a picture of just this content will follow, once, within an hour.

    Refuses more than 5 MiB. Nothing is kept of it until the picture comes, and that no longer than
    a day if nothing uses it.
    """

    user_id: UserId
    md5: Annotated[str, Meta(pattern="^[0-9a-fA-F]{32}$")]
    size: Annotated[int, Meta(ge=1, le=2**53)]
    """Bytes."""
    media_type: Annotated[str, Meta(pattern="^image/(png|jpeg|gif|webp)$")]
    channel: Channel = Channel.PUBLIC


class AnnouncedPicture(Message):
    """Under which key (and node) the announced picture will be, and the leave to upload it."""

    key: str
    node: str
    token: Secret
    expires_at: datetime


class StoreAnnounced(Message):
    """Upload what was announced.

    Refuses a token that is forged, old or was used (`BadTicket`), and content with another MD5,
    size or type than was announced (`NotAsAnnounced`).
    """

    token: Secret
    content: bytes


class ReadPicture(Message):
    """Which picture, and how it is to be shown; a private one needs a pass.

    Width and height bound it (it keeps its proportions and is never enlarged), `blur` is a radius
    in pixels, `quality` that of JPEG. Without any of these it is given as it is kept.
    """

    key: Key
    pass_: Secret = ""
    width: Annotated[int, Meta(ge=1, le=LONGEST_EDGE)] | None = None
    height: Annotated[int, Meta(ge=1, le=LONGEST_EDGE)] | None = None
    blur: Annotated[int, Meta(ge=0, le=100)] = 0
    quality: Annotated[int, Meta(ge=1, le=100)] | None = None


class PictureContent(Message):
    """The bytes of a picture as it is served."""

    content: bytes
    media_type: str
    channel: Channel = Channel.PUBLIC


class DescribePictures(Message):
    """Which pictures: answered in any order, without those that do not exist or are private."""

    keys: Annotated[list[Key], Meta(max_length=READ_AT_ONCE)]


class OwnPicture(Message):
    """A public picture of one's own, uploaded within so many seconds if that is given."""

    user_id: UserId
    key: Key
    within: Annotated[int, Meta(ge=1, le=86400)] | None = None


class PictureByKey(Message):
    """Which picture, public or private."""

    key: Key


class OwnedPicture(Message):
    """A picture, and whose it is."""

    picture: Picture
    owner: UserId


# ---------------------------------------------------------------------------------- calls

issue_ticket = Call(
    "profile.pictures.issue_ticket", IssueTicket, Ticket, (), acts_for="user_id", read_only=True
)
store_picture = Call(
    "profile.pictures.store",
    StorePicture,
    Picture,
    (BadTicket, UnusablePicture, PictureTooLarge, TooManyPictures, LimitReached),
)
add_picture = Call(
    "profile.pictures.add",
    AddPicture,
    Picture,
    (BadTicket, UnusablePicture, PictureTooLarge, TooManyPictures, LimitReached),
    acts_for="user_id",
)
"""`BadTicket` if the person was erased meanwhile."""
announce_picture = Call(
    "profile.pictures.announce",
    AnnouncePicture,
    AnnouncedPicture,
    (PictureTooLarge,),
    acts_for="user_id",
    read_only=True,
)
store_announced = Call(
    "profile.pictures.store_announced",
    StoreAnnounced,
    Picture,
    (BadTicket, NotAsAnnounced, UnusablePicture, PictureTooLarge, TooManyPictures, LimitReached),
)
read_picture = Call(
    "profile.pictures.read", ReadPicture, PictureContent, (NoSuchPicture,), read_only=True
)
"""A private picture without a good pass is answered like one that there is not."""
describe_pictures = Call(
    "profile.pictures.describe", DescribePictures, list[Picture], read_only=True
)
own_picture = Call(
    "profile.pictures.own",
    OwnPicture,
    Picture,
    (NotYourPicture,),
    acts_for="user_id",
    read_only=True,
)
trace_picture = Call(
    "profile.pictures.trace",
    PictureByKey,
    OwnedPicture,
    (NoSuchPicture,),
    least_role=Role.ADMIN,
    read_only=True,
)
remove_picture = Call(
    "profile.pictures.remove", PictureByKey, type(None), (NoSuchPicture,), least_role=Role.ADMIN
)
"""Whatever shows it shows nothing from then on; browsers that have it may keep it."""
