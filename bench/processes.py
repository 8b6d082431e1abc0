"""What processes cost: CPU time and memory, their children included, read from /proc."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """Give a process and all that descend from it."""
    pids = [pid]
    for task in _listed(Path(f"/proc/{pid}/task")):
        for child in _read(task / "children").split():
            pids += family(int(child))
    return pids


def cpu_seconds(pid: int) -> float:
    """Give the CPU time that a process and its living children have used."""
    ticks = 0
    for one in family(pid):
        fields = _read(Path(f"/proc/{one}/stat")).rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12]) if fields else 0
    return ticks / _TICKS


def resident_mib(pid: int) -> float:
    """Give the memory of a process and its children, shared pages split among who shares them."""
    total = 0
    for one in family(pid):
        for line in _read(Path(f"/proc/{one}/smaps_rollup")).splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _listed(path: Path) -> list[Path]:
    try:
        return list(path.iterdir())
    except OSError:
        return []
