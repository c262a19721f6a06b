"""A process that answers from `bench/bare.py`: the loop that workers time, with no worker around it."""

import contextlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from fixtures.backends import environment
from fixtures.lab import Lab
from fixtures.stacks import ROOT
from fixtures.worker import thread_variables


class Alone:
    """`bench/bare.py` in the stack's interpreter, held to ``threads`` threads as a worker is.

    ``asked``: what it reads, see there. ``under``: a command that runs the interpreter, such as a profiler. ``more``:
    environment variables beside the stack's and the backend's. Raises RuntimeError when the process ends before its answer.
    """

    def __init__(
        self, lab: Lab, asked: Mapping[str, Any], under: Sequence[str] = (), more: Mapping[str, str] | None = None
    ):
        variables = {**lab.stack.environment, **environment(asked["backend"]), **thread_variables(asked["threads"])}
        self.process = subprocess.Popen(
            [*under, str(lab.stack.interpreter), str(ROOT / "bench" / "bare.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **variables, **(more or {}), "PYTHONDONTWRITEBYTECODE": ""},
        )
        self._say({"root": str(ROOT), **asked})

    def block(self, calls: int) -> list[float]:
        """Seconds of each of ``calls`` calls."""
        return self._say(calls)

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def _say(self, what: Any) -> Any:
        with contextlib.suppress(OSError):  # it has ended, and answers nothing below
            self.process.stdin.write(json.dumps(what) + "\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"bench/bare.py ended with code {self.process.wait(timeout=60)}")
        return json.loads(answer)
