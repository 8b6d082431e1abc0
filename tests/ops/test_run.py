"""`userhub run` as a process of its own."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from bench.processes import family
from ops import cli
from ops.plan import SERVERS, USERHUB
from ops.suite import READY_WITHIN
from tests.fortress import ROOT


def lives(pid: int) -> bool:
    """Whether a process runs, and does not only wait to be buried by its parent."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def test_a_killed_supervisor_leaves_no_process(tmp_path, eventually):
    """Killed as by the kernel for want of memory, it takes servers and services with it.

    The services are told to end and find NATS and MongoDB gone at the same moment.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ops", "run", "--port", "0", "--data-dir", str(tmp_path)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    async with asyncio.timeout(READY_WITHIN):
        while b"is ready" not in (line := await process.stdout.readline()):
            assert line
    pids = [pid for pid in family(process.pid) if pid != process.pid]
    assert sum(map(lives, pids)) >= len(USERHUB) + len(SERVERS)

    process.send_signal(signal.SIGKILL)
    await process.wait()

    async def gone():
        return not any(map(lives, pids))

    await eventually(gone)


async def test_who_waits_for_a_server_that_does_not_answer_is_told(tmp_path):
    """A start that something holds up says so, and where it can be seen what."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ops", "run", "--port", "0", "--data-dir", str(tmp_path)),
        cwd=ROOT,
        env=os.environ | {"MONGO_URL": "mongodb://nowhere.invalid"},
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr
    async with asyncio.timeout(READY_WITHIN):
        while b"not ready after 10 seconds" not in (line := await process.stderr.readline()):
            assert line
    process.send_signal(signal.SIGTERM)

    assert f"{tmp_path}/logs say why" in line.decode()
    assert await asyncio.wait_for(process.wait(), 60) == 0


@pytest.mark.parametrize("port", ["70000", "-1", "http"])
def test_a_port_that_is_none_is_refused(port, tmp_path, capsys):
    """What no server can listen on is said before anything starts."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "--port", port, "--data-dir", str(tmp_path)])

    assert ended.value.code == 2
    assert f"'{port}' is no port" in capsys.readouterr().err


def test_a_folder_that_cannot_be_used_is_refused(tmp_path, capsys):
    """A data folder that cannot be made is one sentence and status 1."""
    (tmp_path / "file").touch()

    assert cli.main(["run", "--port", "0", "--data-dir", str(tmp_path / "file")]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "file") in line
