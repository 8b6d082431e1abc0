"""What the tests of examples share."""

from tests.ops.conftest import userhub

__all__ = ["userhub"]
