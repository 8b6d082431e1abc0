"""The table of every setting, made from where the settings are read."""

from typing import Any

INTRODUCTION = """# Settings

Every setting is an environment variable. A missing or bad one stops the start with its name. This
page is made by `./userhub settings > docs/settings.md`; a test compares it.

`make run` sets the addresses of its servers and, in `dev`, makes the secrets once and keeps them in
`$DATA_DIR/secrets.env`. It reads two settings of its own: `PORT` (8000) and `DATA_DIR` (`.local`).
In `production` it is given them: what each service knows as `USERHUB_CALLER_KEYS` is there, as with
Docker Compose, `USERHUB_AUTH_CALLER_KEYS` and the three like it.
Keys are base64url of at least 32 random bytes: `openssl rand -base64 32 | tr '+/' '-_'`.

Traces are off unless one of the standard variables of OpenTelemetry asks for them, for example
`OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318`.
"""


def add_settings(commands: Any) -> None:
    """Add `settings`."""
    command = commands.add_parser(
        "settings",
        help="print the table of all settings",
        description="Print docs/settings.md: every environment variable, process by process.",
    )
    command.set_defaults(do=_print)


def _print(_: object) -> int:
    print(page(), end="")
    return 0


def page() -> str:
    """Make the page of all settings."""
    from gateway.config import Config as Gateway
    from services.auth.config import Config as Auth
    from services.notify.config import Config as Notify
    from services.profile.config import Config as Profile
    from shared.settings import Common, Stored, table

    parts = {
        "every process": table(Common),
        "every service (not the gateway)": table(Stored),
        "auth": table(Auth),
        "profile": table(Profile),
        "notify": table(Notify),
        "gateway": table(Gateway),
    }
    common = {name for name, _, _ in parts["every process"]}
    stored = {name for name, _, _ in parts["every service (not the gateway)"]}
    lines = [INTRODUCTION]
    for title, rows in parts.items():
        known = set() if title == "every process" else common
        if title in ("auth", "profile", "notify"):
            known = known | stored
        lines += [f"## {title}\n", "| name | default | meaning |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {f'`{default}`' if default else '–'} | {meaning} |"
            for name, default, meaning in rows
            if name not in known
        ]
        lines.append("")
    return "\n".join(lines)
