"""The setting of advertisements."""

import pytest

from shared import errors
from shared.contracts import adverts, vip
from shared.contracts.accounts import Role


@pytest.fixture
async def change(administer, mongo):
    """Change the setting; it is as if never set, before and afterwards."""

    async def ask(**fields):
        return await administer(adverts.change_setting, adverts.ChangeSetting(**fields))

    docs = mongo("userhub_profile")["adverts"]
    await docs.delete_many({})
    yield ask
    await docs.delete_many({})


@pytest.fixture
def shown(bus):
    async def ask(user_id):
        return await bus.ask(adverts.read_advert, adverts.Viewer(user_id=user_id))

    return ask


async def test_nothing_is_shown_until_it_is_set(person, change, shown, administer):
    """Then everybody is shown it but VIPs, unless they are to see it as well."""
    assert await shown(person) == adverts.Advert()
    setting = await change(shown=True, android_slot="102", ios_slot="103", bottom_height=60)
    assert setting == await administer(adverts.read_setting, adverts.Look(), Role.AUDITOR)
    visible = adverts.Advert(shown=True, android_slot="102", ios_slot="103", bottom_height=60)
    assert await shown(person) == visible

    await administer(vip.grant_vip, vip.GrantVip(user_id=person, days=1))
    assert not (await shown(person)).shown
    assert (await change(vips_see=True)).android_slot == "102"
    assert await shown(person) == visible


async def test_only_administrators_set_it_and_to_what_can_be_shown(change, administer):
    """Who may only look is refused, and so are control characters."""
    with pytest.raises(errors.NotAllowed):
        await administer(adverts.change_setting, adverts.ChangeSetting(), Role.AUDITOR)
    with pytest.raises(errors.NotAllowed):
        await administer(adverts.read_setting, adverts.Look(), Role.USER)
    with pytest.raises(errors.UnusableText):
        await change(ios_slot="\n")
