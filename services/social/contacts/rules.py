"""How long an application to a group stands, and who answers it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contracts import contacts, friendships, groups, relations
from shared.contracts.contacts import ContactKind

WAITS = timedelta(days=30)
"""How long an application waits for its answer; then it is as if it had never been."""

AGAIN_AFTER_REFUSED = timedelta(days=1)
"""How long whoever was refused cannot apply again, as with invitations that are ignored."""


@dataclass(frozen=True)
class Application:
    """Somebody's application to a group; one that was refused stays until they may apply again."""

    application_id: int
    group_id: int
    user_id: int
    message: str
    created_at: datetime
    refused: bool
    expires_at: datetime


def check(ask: contacts.Apply) -> None:
    """Refuse that somebody applies to themselves."""
    if ask.kind is ContactKind.USER and ask.owner_id == ask.contact_id:
        raise relations.Oneself


def stands(application: Application | None, now: datetime) -> bool:
    """Tell whether an application, waiting or refused, keeps somebody from applying again."""
    return application is not None and application.expires_at > now


def check_answer(asking: int, group: groups.Group, application: Application, now: datetime) -> None:
    """Refuse to answer what does not wait for whoever asks: it waits for the group's creator.

    To others it is as if it were not there: ids can be tried one after the other.
    """
    if application.refused or not stands(application, now) or asking != group.creator_id:
        raise friendships.NoSuchInvitation
