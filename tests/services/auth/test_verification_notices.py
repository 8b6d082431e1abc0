"""What people are told about their verification."""

from shared.caller import Caller
from shared.contracts import pictures, verification
from shared.contracts.accounts import Role
from tests.services.auth.test_bindings import notices
from tests.services.auth.visitor import new_email
from tests.services.profile.images import png


async def test_a_decision_is_told(member, bus, acting, eventually):
    """A refusal and a pass reach the person's address, each once."""
    ann = await member(address=new_email())
    with acting(ann.user_id):
        add = pictures.AddPicture(user_id=ann.user_id, content=png())
        key = (await bus.ask(pictures.add_picture, add, timeout=10)).key
        ask = verification.SubmitVerification(
            user_id=ann.user_id,
            phone_number="18781993582",
            desc="painter",
            person=verification.PersonData(real_name="Ann", number="5", front=key, rear=key),
        )
        await bus.ask(verification.submit, ask)

    for call, template, words in (
        (verification.refuse, "verification_refused", {"reason": "too dark"}),
        (verification.let_pass, "verification_passed", {}),
    ):
        with acting(ann.user_id):
            if call is verification.let_pass:
                await bus.ask(verification.resubmit, ask)
            whose = verification.OfPerson(user_id=ann.user_id)
            submission = (await bus.ask(verification.read_own, whose)).submission
        decision = call.ask(user_id=ann.user_id, submission=submission, **words)
        await bus.ask(call, decision, caller=Caller(1, "0" * 32, Role.ADMIN))

        [told] = await notices(bus, ann.address, template, eventually)
        assert (await ann.account()).username in told.body
