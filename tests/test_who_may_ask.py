"""Who may ask what: every call is for one person, for administrators, or here with a reason.

A service believes nobody on the bus who says for whom they ask (docs/architecture.md, "Asking"); a
new call that takes somebody's id and checks no caller is found here.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import shared.contracts
from shared.contract import Call

NO_SESSION_YET = {
    "auth.accounts.register",
    "auth.captchas.make",
    "auth.captchas.picture",
    "auth.captchas.solve",
    "auth.codes.check",
    "auth.codes.send",
    "auth.human_checks.begin_reset",
    "auth.human_checks.make",
    "auth.human_checks.solve",
    "auth.passwords.reset",
    "auth.sessions.log_in",
    "auth.sessions.log_in_by_code",
    "auth.tokens.refresh_access",
    "auth.tokens.renew_session",
    "notify.sms_reports.take",
    "profile.pictures.store",
    "profile.pictures.store_announced",
}
"""Who asks proves it in the question: by a password, a code, a token, a ticket, a signature."""

SEEN_BY_EVERYBODY = {
    "auth.accounts.check_address",
    "auth.accounts.find",
    "auth.accounts.find_by_address",
    "auth.accounts.list",
    "auth.accounts.read_many",
    "notify.switches.read",
    "profile.activity.list",
    "profile.activity.read",
    "profile.adverts.read",
    "profile.checkins.counts",
    "profile.medals.list",
    "profile.medals.read",
    "profile.pictures.describe",
    "profile.pictures.read",
    "profile.points.balances",
    "profile.points.rank",
    "profile.profiles.read",
    "profile.recommendations.list",
    "profile.verification.read_public",
    "profile.vip.read",
    "social.directory.categories",
    "social.directory.read",
    "social.directory.search",
    "social.follows.count",
    "social.follows.followers",
    "social.follows.followings",
    "social.follows.mutual",
    "social.follows.relate",
}
"""What is answered some dialect shows to anybody; nothing changes."""

BETWEEN_PROCESSES = {
    "auth.accounts.phones",  # between friends, which the gateway asks social about
    "auth.ids.take",
    "auth.sessions.record_use",
    "profile.activity.record",
    "profile.profiles.open",
}
"""Asked by a gateway or service of its own accord; deploy/nats.conf says by which."""

IN_DEVELOPMENT = {
    "auth.captchas.answer",
    "auth.human_checks.answer",
    "notify.inbox.read",
}
"""Not served in production."""


def calls() -> Iterator[Call[Any, Any]]:
    """Give every call of every contract."""
    for module in pkgutil.iter_modules(shared.contracts.__path__):
        contract = importlib.import_module(f"shared.contracts.{module.name}")
        yield from (one for one in vars(contract).values() if isinstance(one, Call))


def test_every_call_says_who_may_ask():
    """What checks no caller is on one of these lists, and they name nothing else."""
    unchecked = {one.subject for one in calls() if not one.acts_for and not one.least_role}

    assert unchecked == NO_SESSION_YET | SEEN_BY_EVERYBODY | BETWEEN_PROCESSES | IN_DEVELOPMENT


def test_the_caller_is_a_field_of_the_question():
    """A call that is for one person names a field that there is."""
    for one in calls():
        assert one.acts_for is None or one.acts_for in one.ask.__struct_fields__, one.subject
