"""Templates that a provider keeps itself: some send nothing but what they have approved."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.notify.sending.channels import Message, NoTemplate


@dataclass(frozen=True)
class OwnTemplates:
    """The provider's ids, by our template or by `<template>.<locale>`, which goes first."""

    ids: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "OwnTemplates":
        """Read `template=id[,template.locale=id…]`; raises `ValueError`.

        >>> OwnTemplates.parse("new_device=SMS_1,new_device.en=SMS_2").ids["new_device.en"]
        'SMS_2'
        """
        ids = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, provider_id = (word.strip() for word in part.partition("="))
            if not (name and provider_id) or name in ids:
                raise ValueError("must read template=id[,template.locale=id…], each once")
            ids[name] = provider_id
        return cls(ids)

    def id_for(self, message: Message) -> str:
        """Give the id to send a message with, or raise `NoTemplate`."""
        found = self.ids.get(f"{message.template}.{message.locale}")
        found = found or self.ids.get(message.template)
        if found is None:
            raise NoTemplate(f"has no template {message.template}")
        return found
