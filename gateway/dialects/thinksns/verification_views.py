"""Real-name verification over the wire: what is handed in, what everyone sees, what its owner sees.

The two views are built from two messages: what identifies a person never is in the public one.
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gateway.dialects.thinksns.files import File, Files
from gateway.dialects.thinksns.moments import moment
from shared.contracts import verification
from shared.contracts.verification import OrgData, PersonData

Text = Annotated[str, Meta(max_length=1000)]


class GivenIdCard(msgspec.Struct):
    """An identity card: two nodes, and its number as it is written."""

    front: Text | None = None
    rear: Text | None = None
    number: Text | None = None


class GivenOrg(msgspec.Struct):
    """A company, with the node of its certificate."""

    name: Text | None = None
    address: Text | None = None
    certificate: Text | None = None


class GivenPerson(msgspec.Struct):
    """Who stands for a company."""

    name: Text | None = None
    number: Text | None = None


class GivenData(msgspec.Struct):
    """What is handed in: `id_card` and `real_name` of a person, `org` and `person` of a company."""

    id_card: GivenIdCard | None = None
    real_name: Text | None = None
    org: GivenOrg | None = None
    person: GivenPerson | None = None
    phone_number: Text | None = None
    desc: Text | None = None


class Submission(msgspec.Struct):
    """What is handed in first: `type` is `user` or `org`."""

    type: Text | None = None
    data: GivenData | None = None


class Resubmission(msgspec.Struct):
    """What is handed in after a refusal; its type stays, whatever else comes with it."""

    data: GivenData | None = None


class PublicVerification(msgspec.Struct, frozen=True):
    """What everyone sees; state is -1 waiting, 0 refused, 1 passed."""

    type: str
    state: int
    created_at: str
    updated_at: str
    desc: str
    slogan: str


class IdCard(msgspec.Struct, frozen=True):
    """An identity card, shown to its owner."""

    number: str
    rear: File | None
    front: File | None


class Org(msgspec.Struct, frozen=True):
    """A company, shown to who handed it in."""

    name: str
    address: str
    certificate: File | None


class Person(msgspec.Struct, frozen=True):
    """Who stands for a company, shown to who handed it in."""

    name: str
    number: str


class OwnVerification(msgspec.Struct, frozen=True):
    """What its owner sees: all that was handed in."""

    type: str
    state: int
    created_at: str
    updated_at: str
    desc: str
    slogan: str
    phone_number: str
    user_id: int
    id_card: IdCard | UnsetType = UNSET
    real_name: str | UnsetType = UNSET
    org: Org | UnsetType = UNSET
    person: Person | UnsetType = UNSET


def public(row: verification.PublicVerification | None) -> PublicVerification | None:
    """Show a verification to everyone, or that there is none."""
    if row is None:
        return None
    return PublicVerification(
        type=str(row.type),
        state=int(row.state),
        created_at=moment(row.created_at),
        updated_at=moment(row.updated_at),
        desc=row.desc,
        slogan=row.slogan,
    )


def own(row: verification.Verification, files: Files) -> OwnVerification:
    """Show a verification to its owner, with links to its pictures that are soon over."""
    shown = {one.picture.key: files.shown_private(one) for one in row.pictures}
    view = OwnVerification(
        type=str(row.type),
        state=int(row.state),
        created_at=moment(row.created_at),
        updated_at=moment(row.updated_at),
        desc=row.desc,
        slogan=row.slogan,
        phone_number=row.phone_number,
        user_id=row.user_id,
    )
    if row.person:
        return _with_person(view, row.person, shown)
    assert row.org is not None
    return _with_org(view, row.org, shown)


def _with_person(
    view: OwnVerification, data: PersonData, shown: dict[str, File]
) -> OwnVerification:
    card = IdCard(data.number, rear=shown.get(data.rear), front=shown.get(data.front))
    return msgspec.structs.replace(view, id_card=card, real_name=data.real_name)


def _with_org(view: OwnVerification, data: OrgData, shown: dict[str, File]) -> OwnVerification:
    org = Org(data.name, data.address, shown.get(data.certificate))
    person = Person(data.person_name, data.person_number)
    return msgspec.structs.replace(view, org=org, person=person)
