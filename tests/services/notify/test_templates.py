"""Templates: complete in every locale, filled as they are, wrong ones found at the start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.templates.catalogue import Catalogue, Unrenderable
from shared.contracts.notify import TEMPLATES, Channel

CATALOGUE = Catalogue()
FORMS = [
    (template, channel, locale)
    for template in CATALOGUE.names
    for channel in CATALOGUE.channels(template)
    for locale in CATALOGUE.locales
]
CODE = {"code": "123456", "minutes": "5"}
ONE = 'parameters = ["code"]\n[sms]\nbody = "$code"\n'


def test_there_is_what_the_contract_says():
    """Every template of the contract is there in both languages, and needs what it says there."""
    assert set(CATALOGUE.locales) == {"zh-CN", "en"}
    assert {name: CATALOGUE.parameters(name) for name in CATALOGUE.names} == TEMPLATES
    assert set(CATALOGUE.channels("verification_code")) == {Channel.SMS, Channel.EMAIL}
    for notice in TEMPLATES.keys() - {"verification_code"}:
        assert set(CATALOGUE.channels(notice)) == {Channel.SMS, Channel.EMAIL, Channel.PUSH}


@pytest.mark.parametrize(("template", "channel", "locale"), FORMS)
def test_every_form_renders_with_its_parameters(template, channel, locale):
    """Every template has, in each locale and for each channel, a text that shows its parameters."""
    values = {name: f"<{name}>" for name in CATALOGUE.parameters(template)}

    text = CATALOGUE.render(template, channel, locale, values)

    shown = {name for name, value in values.items() if value in text.body}
    assert values.keys() - shown <= ({"username"} if channel is Channel.PUSH else set())
    assert "$" not in text.subject + text.body
    assert bool(text.subject) == (channel is not Channel.SMS)
    if channel is Channel.SMS:
        assert len(text.body) <= (70 if locale == "zh-CN" else 160)  # one SMS: UCS-2, GSM 7 bit


@pytest.mark.parametrize(
    ("asked", "given_locale"),
    [("zh-CN", "zh-CN"), ("en", "en"), ("en-GB", "en"), ("EN_us", "en"), ("", "zh-CN")]
    + [(other, "zh-CN") for other in ("fr", "zh-TW", "../en", "x" * 35)],
)
def test_locales(asked, given_locale):
    """A tag is read as itself, else as its language, else as zh-CN."""
    rendered = CATALOGUE.render("verification_code", Channel.SMS, asked, CODE)

    assert rendered == CATALOGUE.render("verification_code", Channel.SMS, given_locale, CODE)


@pytest.mark.parametrize(
    ("template", "channel", "parameters", "reason"),
    [
        ("nothing", Channel.SMS, CODE, "there is no template nothing"),
        (
            "verification_code",
            Channel.PUSH,
            CODE,
            "template verification_code has no form for push",
        ),
        (
            "verification_code",
            Channel.SMS,
            {"code": "123456"},
            "template verification_code lacks parameter minutes",
        ),
    ],
)
def test_what_cannot_be_rendered(template, channel, parameters, reason):
    """An unknown template, channel or a missing parameter is refused with the reason, no value."""
    with pytest.raises(Unrenderable) as refused:
        CATALOGUE.render(template, channel, "en", parameters)

    assert str(refused.value) == reason


@given(code=st.text(min_size=1), minutes=st.text(), locale=st.text(max_size=35))
def test_values_are_never_interpreted(code, minutes, locale):
    """Whatever a value looks like, it stands in the text as it is."""
    values = {"code": code, "minutes": minutes, "left_out": "$code"}

    text = CATALOGUE.render("verification_code", Channel.EMAIL, locale, values)

    assert code in text.body
    assert minutes in text.body


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("templates") / "zh-CN"
    folder.mkdir()
    form = 'parameters = ["code"]\n[email]\nsubject = "Re: $code"\nbody = "$code"\n'
    (folder / "one.toml").write_text(form)
    return Catalogue(folder.parent)


@given(code=st.text())
def test_a_subject_is_one_line(subjects, code):
    """No value can put a line break, and so another header, into a subject."""
    text = subjects.render("one", Channel.EMAIL, "zh-CN", {"code": code})

    assert len(text.subject.splitlines()) == 1


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"x": ONE}, "one, x: not both"),
        ({"one": 'parameters = ["code"]\n[sms]\nbody = "$code $name"\n'}, "not what it needs"),
        ({"one": 'parameters = ["code"]\n[sms]\nbody = "none"\n'}, "not what it needs"),
        ({"one": 'parameters = ["code"]\n[sms]\nbody = "$code costs $ 5"\n'}, "begins no name"),
        ({"one": 'parameters = ["name"]\n[sms]\nbody = "$name"\n'}, "other parameters"),
        ({"one": 'parameters = ["code"]\n[email]\nbody = "$code"\n'}, "other channels"),
        ({"one": "parameters = ["}, "one.toml"),
        ({"one": 'parameters = ["code"]\n[pigeon]\nbody = "$code"\n'}, "pigeon"),
        ({"one": ONE, "two": ONE}, "two"),
    ],
)
def test_wrong_files_stop_the_start(tmp_path, other, said):
    """A template that is wrong, or not the same in every locale, is found when it is read."""
    for locale, files in (("zh-CN", {"one": ONE}), ("en", other)):
        (tmp_path / locale).mkdir()
        for name, text in files.items():
            (tmp_path / locale / f"{name}.toml").write_text(text)

    with pytest.raises(ValueError, match=said):
        Catalogue(tmp_path)
