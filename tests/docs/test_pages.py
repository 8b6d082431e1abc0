"""Pages that are made from the code are the code's."""

from pathlib import Path

from ops import settings

ROOT = Path(__file__).resolve().parents[2]


def test_the_table_of_settings_is_current() -> None:
    """docs/settings.md is what `./userhub settings` prints."""
    assert (ROOT / "docs/settings.md").read_text() == settings.page()
