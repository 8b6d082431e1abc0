"""What a verification consists of, and who may change it."""

import secrets
from collections.abc import Mapping

import msgspec

from shared.contracts import verification
from shared.contracts.verification import State, Type
from shared.errors import UnusableText
from shared.texts import NOT_IN_LINE, NOT_IN_TEXT


def new_submission() -> str:
    """Name what was submitted, so that a decision about it is about nothing else."""
    return secrets.token_hex(8)


def type_of(ask: verification.SubmitVerification) -> Type:
    """Tell who is to be verified."""
    return Type.USER if ask.person else Type.ORG


def check(ask: verification.SubmitVerification) -> None:
    """Refuse text that cannot be shown to who decides."""
    if NOT_IN_TEXT.search(ask.desc):
        raise UnusableText(field="desc")
    lines = (
        {"real_name": ask.person.real_name, "number": ask.person.number}
        if ask.person
        else {
            name: getattr(ask.org, name)
            for name in ("name", "address", "person_name", "person_number")
        }
    )
    for name, line in lines.items():
        if NOT_IN_LINE.search(line) or not line.strip():
            raise UnusableText(field=name)


def pictures_of(
    person: verification.PersonData | None, org: verification.OrgData | None
) -> list[str]:
    """Give the keys of the pictures that somebody submitted."""
    if person:
        return [person.front, person.rear]
    return [org.certificate] if org else []


def with_pictures(
    ask: verification.SubmitVerification, others: Mapping[str, str]
) -> verification.SubmitVerification:
    """Give what was submitted with other pictures in place of some, by their keys."""
    replace = msgspec.structs.replace
    if person := ask.person:
        front, rear = (others.get(key, key) for key in (person.front, person.rear))
        return replace(ask, person=replace(person, front=front, rear=rear))
    assert ask.org
    certificate = others.get(ask.org.certificate, ask.org.certificate)
    return replace(ask, org=replace(ask.org, certificate=certificate))


def may_resubmit(state: State) -> bool:
    """Tell whether its owner may change what was submitted."""
    return state is State.REFUSED
