"""How many instructions a call costs, counted by ``perf``, or by valgrind where a processor counts none for its guests.

The count of a block of calls includes what reading the request costs, so that blocks of two lengths are counted and the cost of
a call is their difference over the calls that one has more.
"""

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from bench.alone import Alone
from fixtures.lab import Lab

CALLS = (10, 30)
PERF = ["perf", "stat", "-x", ",", "-e", "instructions:u"]


class Counter(Protocol):
    """A tool that counts a process's instructions. ``under``: the command that the process is started by."""

    name: str
    under: list[str]

    def count(self, process: int, work: Callable[[], Any]) -> int:
        """User-space instructions of ``process`` while ``work`` has it work; raises RuntimeError when they were not counted."""


class Perf:
    """The processor's own counter."""

    name = "perf"

    def __init__(self) -> None:
        self.under: list[str] = []

    def count(self, process: int, work: Callable[[], Any]) -> int:
        """See `Counter`."""
        command = [*PERF, "-p", str(process)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=_interruptible) as told:
            try:
                time.sleep(0.5)  # until it has attached; the process waits for work, and has nothing to count
                work()
                told.send_signal(signal.SIGINT)
                return perf_count(told.communicate(timeout=30)[1])
            finally:
                told.kill()


def _interruptible() -> None:
    """What runs in the background, as much of CI does, is started deaf to the interrupt that ends a count."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Valgrind:
    """Callgrind, which counts only while it is asked to: a whole start would take minutes."""

    name = "valgrind"

    def __init__(self, folder: Path) -> None:
        self.totals = folder / "callgrind.out"
        quiet = ["--quiet", "--tool=callgrind", "--instr-atstart=no"]
        self.under = ["valgrind", *quiet, f"--callgrind-out-file={self.totals}"]

    def count(self, process: int, work: Callable[[], Any]) -> int:
        """See `Counter`."""
        before = set(self.totals.parent.glob("callgrind.out.*"))
        self._control("--instr=on", process)
        work()
        self._control("--dump", process)
        self._control("--instr=off", process)
        written = sorted(set(self.totals.parent.glob("callgrind.out.*")) - before)
        return callgrind_count("".join(path.read_text(errors="replace") for path in written))

    def _control(self, what: str, process: int) -> None:
        done = subprocess.run(["callgrind_control", what, str(process)], capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f"callgrind_control {what}: {(done.stderr or done.stdout).strip()[:200]}")


def perf_count(told: str) -> int:
    """The number in what ``perf stat -x ,`` prints; raises RuntimeError when it counted none."""
    for line in told.splitlines():
        first, _, rest = line.partition(",")
        if "instructions" in rest:
            if first.isdigit():
                return int(first)
            raise RuntimeError(f"perf: instructions are {first}")
    raise RuntimeError(f"perf: {told.strip()[:200]}")


def callgrind_count(dump: str) -> int:
    """The sum of a dump's totals; raises RuntimeError when there is none."""
    totals = re.findall(r"^totals: (\d+)", dump, re.MULTILINE)
    if not totals:
        raise RuntimeError("callgrind dumped no totals")
    return sum(int(total) for total in totals)


def counter(folder: Path) -> Counter:
    """The first tool that counts here; raises RuntimeError that says why there is none."""
    why = _why_not_perf()
    if not why:
        return Perf()
    if shutil.which("valgrind") and shutil.which("callgrind_control"):
        return Valgrind(folder)
    raise RuntimeError(f"{why}, and valgrind is not installed")


def perf_counts() -> bool:
    """Whether the processor's own counter is to be had here."""
    return not _why_not_perf()


def _why_not_perf() -> str:
    if not shutil.which("perf"):
        return "perf is not installed"
    try:
        perf_count(subprocess.run([*PERF, "true"], capture_output=True, text=True).stderr)
    except RuntimeError as error:
        return str(error)
    return ""


def instructions_of_a_call(tool: Counter, process: int, block: Callable[[int], Any]) -> float:
    """Instructions of one call, where ``block`` makes as many as it is told; raises RuntimeError when the counts contradict."""
    tool.count(process, lambda: block(CALLS[0]))  # what a tool's first count has in it besides is no call's
    few, many = (tool.count(process, lambda: block(calls)) for calls in CALLS)  # noqa: B023
    # A block that is three times as long costs between that and, when reading the request is nearly all, as much.
    if not few < many <= few * CALLS[1] / CALLS[0] * 1.1:
        raise RuntimeError(f"{tool.name} counted {few:,} in {CALLS[0]} calls and {many:,} in {CALLS[1]}")
    return (many - few) / (CALLS[1] - CALLS[0])


def counted(lab: Lab, asked: dict[str, Any], folder: Path) -> dict[str, Any]:
    """``tool`` and ``instructions`` of one call, or None and ``why``; the call's outputs are in ``asked["outputs"]``.

    Raises RuntimeError when even without a tool there is no call.
    """
    try:
        tool = counter(folder)
        with _begun(lab, asked, tool.under) as alone:
            found = instructions_of_a_call(tool, alone.process.pid, alone.block)
        return {"tool": tool.name, "instructions": found, "why": ""}
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        if not Path(asked["outputs"]).exists():
            with _begun(lab, asked, []):
                pass
        return {"tool": "", "instructions": None, "why": str(error)}


@contextmanager
def _begun(lab: Lab, asked: dict[str, Any], under: list[str]) -> Iterator[Alone]:
    # Python orders sets of strings by hashes that are drawn at its start.
    with closing(Alone(lab, asked, under, {"PYTHONHASHSEED": "0"})) as alone:
        yield alone
