"""Which providers send to which country, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import phonenumbers

from services.notify.sending.breakers import Guarded, awake
from services.notify.sending.channels import Message, Provider, Refused

ANYWHERE = "*"


@dataclass(frozen=True)
class Routes:
    """Names of providers by country (ISO 3166, two letters); `*` is every other one."""

    by_country: Mapping[str, Sequence[str]]

    @classmethod
    def parse(cls, text: str) -> "Routes":
        """Read `CN=aliyun,tencent;*=twilio`; raises `ValueError`.

        >>> Routes.parse("CN=aliyun,tencent; *=twilio").of("FR")
        ['twilio']
        """
        routes: dict[str, list[str]] = {}
        for part in filter(None, (part.strip() for part in text.split(";"))):
            country, _, names = (word.strip() for word in part.partition("="))
            listed = [name.strip() for name in names.split(",") if name.strip()]
            if not listed or country in routes or not (country == ANYWHERE or _is_country(country)):
                raise ValueError("must read CN=aliyun,tencent;*=twilio, each country once")
            routes[country] = listed
        return cls(routes)

    @property
    def names(self) -> set[str]:
        """Every provider that is named."""
        return {name for names in self.by_country.values() for name in names}

    def of(self, country: str) -> Sequence[str]:
        """Give the providers for a country, in order."""
        return self.by_country.get(country) or self.by_country.get(ANYWHERE) or ()


class SmsChannel:
    """Offers the providers of a number's country; those that have just failed rest."""

    def __init__(self, routes: Routes, providers: Mapping[str, Provider]) -> None:
        self._routes = routes
        self._providers = {name: Guarded(one) for name, one in providers.items()}

    async def providers(self, message: Message) -> Sequence[Provider]:
        """Give who sends to this number."""
        country = country_of(message.to)
        names = self._routes.of(country)
        if not names:
            raise Refused(f"no provider sends to {country or 'such a number'}")
        return awake([self._providers[name] for name in names])


def country_of(to: str) -> str:
    """Give the country of a number in E.164, two letters; nothing where it cannot be told."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(to, None)) or ""
    except phonenumbers.NumberParseException:
        return ""


def _is_country(text: str) -> bool:
    return text in phonenumbers.SUPPORTED_REGIONS
