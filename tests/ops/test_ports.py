"""Ports of servers that start: each is chosen once on this machine."""

import subprocess
import sys

from ops import ports
from tests.fortress import ROOT

ANOTHER = """
import sys
from ops import ports
print(ports.claim(int(sys.argv[1])), ports.pick_free(), flush=True)
sys.stdin.read()
"""
"""A process that wants a port, chooses one, and lives on."""


def test_a_port_is_chosen_once_though_nobody_listens_there_yet():
    """What one process chose no other one takes before that process has ended."""
    mine = ports.pick_free()
    with subprocess.Popen(
        [sys.executable, "-c", ANOTHER, str(mine)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout
        got_mine, its = other.stdout.readline().split()
        assert got_mine == "False"
        assert ports.is_free(int(its))
        assert not ports.claim(int(its))
        other.kill()

    assert ports.claim(int(its))
    assert ports.claim(mine)
