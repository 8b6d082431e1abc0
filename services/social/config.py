"""The settings of the social service."""

from shared.settings import Stored


class Config(Stored, frozen=True, kw_only=True):
    """What the social service is told: what every service with a database is."""
