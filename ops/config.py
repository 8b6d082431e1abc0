"""What a caller decides about one run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class SuiteConfig:
    """One run: where its data are, the gateway's port (0: any free one), and what it is given.

    `env` is for the userhub processes, on top of this process's own environment. A server whose URL
    is given is used instead of an embedded one.
    """

    data_dir: Path
    port: int = 0
    env: Mapping[str, str] = field(default_factory=dict)
    mongo_url: str | None = None
    redis_url: str | None = None
    nats_url: str | None = None
    quiet: bool = False

    @property
    def home(self) -> Path:
        """The data folder, the same for processes with another working folder."""
        return self.data_dir.resolve()

    @property
    def given_urls(self) -> dict[str, str]:
        """The servers that are there already."""
        urls = {"mongo": self.mongo_url, "redis": self.redis_url, "nats": self.nats_url}
        return {name: url for name, url in urls.items() if url}
