"""The catalogue of templates: read and checked at the start, rendered for each message.

One folder per locale, one file per template, one table in it per channel. A file that is missing
in a locale, or says something else than its sisters, stops the start.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

import msgspec

from shared.contracts.notify import Channel

FOLDER = Path(__file__).parent

DEFAULT_LOCALE = "zh-CN"
"""What a locale is read as that no folder is for."""


class Unrenderable(Exception):
    """No text can be made of this template, now or later; says why, without any value."""


@dataclass(frozen=True)
class Text:
    """What a reader gets; the subject is a single line, and empty where a channel has none."""

    subject: str
    body: str


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    body: str
    subject: str = ""

    def names(self) -> set[str]:
        """Give the parameters that are in the text."""
        return {name for text in (self.subject, self.body) for name in _names(text)}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    parameters: frozenset[str]
    sms: _Form | None = None
    email: _Form | None = None
    push: _Form | None = None

    def forms(self) -> dict[Channel, _Form]:
        """Give the channels that the template is written for."""
        by_channel = {channel: getattr(self, channel, None) for channel in Channel}
        return {channel: form for channel, form in by_channel.items() if form}


class Catalogue:
    """Every template, by locale and name."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._locales = {
            locale.name: {file.stem: _read(file) for file in locale.glob("*.toml")}
            for locale in sorted(folder.iterdir())
            if locale.is_dir() and any(locale.glob("*.toml"))
        }
        self._by_tag = {name.lower(): name for name in self._locales}
        self._check_sisters()

    @property
    def locales(self) -> list[str]:
        """Every locale there is."""
        return list(self._locales)

    @property
    def names(self) -> list[str]:
        """Every template there is."""
        return sorted(self._locales[DEFAULT_LOCALE])

    def channels(self, template: str) -> list[Channel]:
        """The channels that a template is written for."""
        return list(self._locales[DEFAULT_LOCALE][template].forms())

    def parameters(self, template: str) -> frozenset[str]:
        """The parameters that a template needs; one of its channels may do with fewer."""
        return self._locales[DEFAULT_LOCALE][template].parameters

    def render(
        self, template: str, channel: Channel, locale: str, parameters: Mapping[str, str]
    ) -> Text:
        """Fill a template, or raise `Unrenderable`; parameters it does not need are left out."""
        file = self._locales[self.known(locale)].get(template)
        if file is None:
            raise Unrenderable(f"there is no template {template}")
        form = file.forms().get(channel)
        if form is None:
            raise Unrenderable(f"template {template} has no form for {channel}")
        missing = sorted(form.names() - parameters.keys())
        if missing:
            raise Unrenderable(f"template {template} lacks parameter {', '.join(missing)}")
        subject = Template(form.subject).substitute(parameters)
        body = Template(form.body).substitute(parameters)
        # A line break in a subject would begin another header.
        return Text(" ".join(subject.split()), body.strip())

    def known(self, locale: str) -> str:
        """Find the folder for a language tag: the whole tag, its language, or the default."""
        tag = locale.replace("_", "-").lower()
        language = tag.partition("-")[0]
        return self._by_tag.get(tag) or self._by_tag.get(language) or DEFAULT_LOCALE

    def _check_sisters(self) -> None:
        first = self._locales[DEFAULT_LOCALE]
        for locale, files in self._locales.items():
            if files.keys() != first.keys():
                odd = ", ".join(sorted(files.keys() ^ first.keys()))
                raise ValueError(f"templates {odd}: not both in {DEFAULT_LOCALE} and {locale}")
            for name, file in files.items():
                if file.parameters != first[name].parameters:
                    raise ValueError(f"template {name}: other parameters in {locale}")
                if file.forms().keys() != first[name].forms().keys():
                    raise ValueError(f"template {name}: other channels in {locale}")


def _read(path: Path) -> _File:
    """Read one template file and check that it uses what it declares, and nothing else."""
    try:
        file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"template {path}: {error}") from None
    for channel, form in file.forms().items():
        if not all(Template(text).is_valid() for text in (form.subject, form.body)):
            raise ValueError(f"template {path}: a $ of {channel} that begins no name")
    used: set[str] = set().union(*(form.names() for form in file.forms().values()))
    if used != file.parameters:
        raise ValueError(f"template {path}: uses {sorted(used)}, not what it needs")
    return file


def _names(text: str) -> list[str]:
    return Template(text).get_identifiers()
