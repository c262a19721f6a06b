"""The passes that time nothing: peak memory, and instructions of the Python around a small model."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.instructions import counted
from bench.launches import Launches
from bench.workloads import Workload, inference
from fixtures.arrays import unpack_file
from fixtures.cases import Case
from fixtures.lab import Lab
from fixtures.options import Options
from fixtures.verdicts import CaseFailed, Verdict
from fixtures.worker import Reply

CALLS = 5  # by the second a framework has what it keeps; a few more show one that keeps more with each

Pass = Callable[[], tuple[Workload, Reply]]


def peak(launches: Launches, options: Options, case: Case) -> Pass:
    """Ask a new process of the case's backend for its peak memory."""
    lab = launches.lab
    workload = inference(case.checkpoint, case.inputs, lab.worker("reference"), options.nsmc)
    spec = case.spec(lab.directory(case))
    asked = {"spec": spec, "mode": case.mode, "calls": CALLS}
    return lambda: (workload, launches.once(case, "peak", workload.arrays, pinned=False, **asked))


def count(lab: Lab, case: Case) -> Pass:
    """Count the instructions of a call in a process of its own."""
    directory = lab.directory(case)
    workload = Workload(case.checkpoint.inputs(case.inputs, lab.worker("reference"), case.format), "random tokens")
    return lambda: (workload, _counted(lab, case, workload, directory))


def _counted(lab: Lab, case: Case, workload: Workload, directory: Path) -> Reply:
    with TemporaryDirectory() as name:
        folder = Path(name)
        np.savez(folder / "inputs.npz", **workload.arrays)
        files = {"inputs": str(folder / "inputs.npz"), "outputs": str(folder / "outputs.npz")}
        asked = {"backend": case.backend, "threads": 1, "spec": case.spec(directory), **files}
        try:
            value = counted(lab, asked, folder)
        except RuntimeError as error:
            raise CaseFailed(Verdict.RUN_ERROR, str(error)) from None
        return Reply(value, unpack_file(folder / "outputs.npz"))
