"""Real-name verification: a person shows who they are, an administrator decides.

Answered by the profile service. One per person. What others see of it and what its owner sees are
two messages; only its owner and administrators ever get numbers, names and pictures.
"""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Call, Event, Message, Secret, UserId
from shared.contracts.accounts import Role
from shared.contracts.pictures import Key, NotYourPicture, Picture
from shared.contracts.profile import NoSuchProfile
from shared.errors import AppError, Kind

READ_AT_ONCE = 500
"""People in one answer: as many as on the longest page that a dialect shows."""

LONGEST_PAGE = 100
"""Verifications in one answer to an administrator."""

PASS_SECONDS = 600
"""How long a link to a private picture is good for."""

Line = Annotated[str, Meta(min_length=1, max_length=100)]
Number = Annotated[str, Meta(min_length=1, max_length=64, extra={"log": "hide"})]
"""As people write it: the number of a document is not checked."""
Phone = Annotated[str, Meta(pattern="^1[3-9][0-9]{9}$", extra={"log": "mask"})]
"""A mobile number of mainland China, without its calling code."""
Description = Annotated[str, Meta(min_length=1, max_length=200)]
Reason = Annotated[str, Meta(min_length=1, max_length=500)]
Submission = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
"""Names what was submitted: another one each time its owner changes something."""


class State(IntEnum):
    """What became of it."""

    WAITING = -1
    REFUSED = 0
    PASSED = 1


class Type(StrEnum):
    """Who is verified."""

    USER = "user"
    ORG = "org"


class NoVerification(AppError):
    """Nothing was submitted."""

    code, kind = "profile.no_verification", Kind.NOT_FOUND


class AlreadySubmitted(AppError):
    """A verification was submitted already; it can be changed only after it was refused."""

    code, kind = "profile.verification_submitted", Kind.CONFLICT


class OtherType(AppError):
    """A verification keeps its type: what is given is for the other one."""

    code, kind = "profile.verification_of_other_type", Kind.INVALID


class ReviewedMeanwhile(AppError):
    """It was changed, withdrawn or decided since you read it."""

    code, kind = "profile.verification_changed", Kind.CONFLICT


class PersonData(Message):
    """What a person shows: an identity card and its pictures, keys of uploads of their own."""

    real_name: Annotated[Line, Meta(extra={"log": "hide"})]
    number: Number
    front: Key
    rear: Key


class OrgData(Message):
    """What a company shows: its certificate (key of an upload) and who stands for it."""

    name: Line
    address: Annotated[str, Meta(min_length=1, max_length=200)]
    certificate: Key
    person_name: Annotated[Line, Meta(extra={"log": "hide"})]
    person_number: Number


class SubmitVerification(Message):
    """Submit, or submit again after a refusal; the pictures become private with it.

    Of those that are avatar or cover a private copy is kept instead, which has a key of its own.
    Exactly one of `person` and `org`.
    """

    user_id: UserId
    phone_number: Phone
    desc: Description
    person: PersonData | None = None
    org: OrgData | None = None

    def __post_init__(self) -> None:
        """Refuse both and neither."""
        if (self.person is None) == (self.org is None):
            raise ValueError("give a person or a company")


class PrivatePicture(Message):
    """A picture that is shown only with this pass, until then."""

    picture: Picture
    pass_: Secret
    expires_at: datetime


class PublicVerification(Message):
    """What everyone sees."""

    user_id: UserId
    type: Type
    state: State
    desc: str
    slogan: str
    """The reviewer's words for what the person is; the person's own (`desc`) without any."""
    created_at: datetime
    updated_at: datetime


class Verification(PublicVerification):
    """What its owner sees, and an administrator."""

    submission: Submission
    phone_number: Phone
    pictures: list[PrivatePicture]
    """Those that `person` or `org` name."""
    person: PersonData | None = None
    org: OrgData | None = None
    reason: str | None = None
    """Why it was refused."""
    reviewer_id: int | None = None


class OfPerson(Message):
    """Whose verification."""

    user_id: UserId


class OfPeople(Message):
    """Whose verifications: answered in any order, without those that do not exist."""

    user_ids: Annotated[list[UserId], Meta(max_length=READ_AT_ONCE)]


class ListVerifications(Message):
    """A page of verifications in a state, the longest waiting first. For administrators."""

    state: State = State.WAITING
    after: UserId | None = None
    """The last person of the page before."""
    limit: Annotated[int, Meta(ge=1, le=LONGEST_PAGE)] = 20


class Pass(Message):
    """Pass what was submitted, if it is still that. For administrators."""

    user_id: UserId
    submission: Submission
    slogan: Description | None = None


class Refuse(Message):
    """Refuse what was submitted, if it is still that, with the reason. For administrators."""

    user_id: UserId
    submission: Submission
    reason: Reason


class VerificationChanged(Event):
    """A person's verification is in another state, or gone (`state` is null)."""

    fact: ClassVar[str] = "profile.verification_changed"
    state: State | None
    submission: Submission | None = None
    """What it is about."""


submit = Call(
    "profile.verification.submit",
    SubmitVerification,
    type(None),
    (AlreadySubmitted, NotYourPicture, NoSuchProfile),
    acts_for="user_id",
)
"""The first time; `AlreadySubmitted` in any state."""
resubmit = Call(
    "profile.verification.resubmit",
    SubmitVerification,
    type(None),
    (NoVerification, AlreadySubmitted, OtherType, NotYourPicture),
    acts_for="user_id",
)
"""After a refusal; `AlreadySubmitted` in any other state."""
withdraw = Call(
    "profile.verification.withdraw", OfPerson, type(None), (NoVerification,), acts_for="user_id"
)
"""In any state; its pictures are removed with it."""
read_own = Call(
    "profile.verification.read_own",
    OfPerson,
    Verification,
    (NoVerification,),
    acts_for="user_id",
    read_only=True,
)
read_public = Call(
    "profile.verification.read_public", OfPeople, list[PublicVerification], read_only=True
)
list_all = Call(
    "profile.verification.list",
    ListVerifications,
    list[PublicVerification],
    least_role=Role.ADMIN,
    read_only=True,
)
read_any = Call(
    "profile.verification.read_any",
    OfPerson,
    Verification,
    (NoVerification,),
    least_role=Role.ADMIN,
    read_only=True,
)
let_pass = Call(
    "profile.verification.pass",
    Pass,
    type(None),
    (NoVerification, ReviewedMeanwhile),
    least_role=Role.ADMIN,
)
refuse = Call(
    "profile.verification.refuse",
    Refuse,
    type(None),
    (NoVerification, ReviewedMeanwhile),
    least_role=Role.ADMIN,
)
