"""Real-name verification: handing it in, again after a refusal, and taking it back."""

from gateway.core import Core
from gateway.dialects.thinksns import rules
from gateway.dialects.thinksns import verification_views as views
from gateway.dialects.thinksns.checks import Checks, Wrong, given, required
from gateway.dialects.thinksns.envelope import Told
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import verification
from shared.contracts.verification import OrgData, PersonData, Type

LINE_MOST, NUMBER_MOST, DESC_MOST, ADDRESS_MOST = 100, 64, 200, 200
"""Characters, as the profile service bounds them again (`verification.Line` and its neighbours)."""


class Verifications(Handlers):
    """Takes in what people hand in about who they are."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def submit(self, data: views.Submission, caller: Caller) -> Told:
        """Hand in, once; two pictures of one's own for a person, one for a company."""
        checks = Checks()
        of = checks.of("type", required(_type), data.type)
        ask = _submission(caller, of or Type.USER, data.data, checks)
        await self.core.bus.ask(verification.submit, ask, caller=caller)
        return Told(["提交成功,等待审核"])

    async def resubmit(self, data: views.Resubmission, caller: Caller) -> None:
        """Hand in again what was refused; its type stays."""
        of_caller = verification.OfPerson(user_id=caller.user_id)
        present = await self.core.bus.ask(verification.read_own, of_caller, caller=caller)
        ask = _submission(caller, present.type, data.data, Checks())
        await self.core.bus.ask(verification.resubmit, ask, caller=caller)

    async def withdraw(self, caller: Caller) -> None:
        """Take back what was handed in, whatever became of it; its pictures go with it."""
        ask = verification.OfPerson(user_id=caller.user_id)
        await self.core.bus.ask(verification.withdraw, ask, caller=caller)


def _type(text: str) -> Type:
    if text not in (Type.USER, Type.ORG):
        raise Wrong("{field}只能是 user 或者 org")
    return Type(text)


def _submission(
    caller: Caller, of: Type, data: views.GivenData | None, checks: Checks
) -> verification.SubmitVerification:
    data = data or views.GivenData()
    phone = checks.of("data.phone_number", required(rules.mobile), data.phone_number)
    desc = checks.of("data.desc", required(rules.lines(DESC_MOST)), data.desc)
    person = _person(data, checks) if of is Type.USER else None
    org = _org(data, checks) if of is Type.ORG else None
    checks.end()
    return verification.SubmitVerification(
        user_id=caller.user_id, phone_number=phone, desc=desc, person=person, org=org
    )


def _person(data: views.GivenData, checks: Checks) -> PersonData:
    card = data.id_card or views.GivenIdCard()
    return PersonData(
        real_name=checks.of("data.real_name", required(rules.line(LINE_MOST)), data.real_name),
        number=checks.of("data.id_card.number", required(rules.line(NUMBER_MOST)), card.number),
        front=checks.of("data.id_card.front", _picture, card.front),
        rear=checks.of("data.id_card.rear", _picture, card.rear),
    )


def _org(data: views.GivenData, checks: Checks) -> OrgData:
    org, person = data.org or views.GivenOrg(), data.person or views.GivenPerson()
    return OrgData(
        name=checks.of("data.org.name", required(rules.line(LINE_MOST)), org.name),
        address=checks.of("data.org.address", required(rules.line(ADDRESS_MOST)), org.address),
        certificate=checks.of("data.org.certificate", _picture, org.certificate),
        person_name=checks.of("data.person.name", required(rules.line(LINE_MOST)), person.name),
        person_number=checks.of(
            "data.person.number", required(rules.line(NUMBER_MOST)), person.number
        ),
    )


def _picture(node: str | None) -> str:
    return given(rules.picture(given(node)))
