"""What the harness itself costs: ``python -m bench.harness`` prints its ratios to doing without it, and records them.

``steady``: the median time of a call through a worker over the one in a bare process, in blocks that alternate.
``suite``: the seconds of the whole compatibility suite over those of a plain script that makes the same comparisons.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.alone import Alone
from bench.workloads import inference
from fixtures.backends import REFERENCE
from fixtures.checkpoints import ARCHITECTURES
from fixtures.checkpoints.named import minilm
from fixtures.lab import Lab, Settings
from fixtures.records import read
from fixtures.stacks import ROOT, build, find_stack

BLOCKS = 12
CALLS = 20
SUITE = ("albert", "bert")


def steady(lab: Lab, backend: str, folder: Path) -> str:
    """Median over blocks of (worker's median call / bare process's median call), as a sentence."""
    checkpoint = minilm()
    workload = inference(checkpoint, "1x64", lab.worker("reference"), None)
    np.savez(folder / "inputs.npz", **workload.arrays)
    spec = {"directory": str(checkpoint.path), "head": "base", "device": "cpu", "dtype": "float32", "attention": ""}
    asked = {"backend": backend, "threads": 1, "spec": spec, "inputs": str(folder / "inputs.npz")}
    worker, bare = lab.launch(backend, 1, pinned=True), Alone(lab, asked)
    worker.ask("prepare", workload.arrays, spec=spec, warmup=5)
    found = []
    for block in range(BLOCKS):
        # Whoever goes second finds the processor as the first one left it, so they take turns at that as well.
        sides = {"worker": lambda: worker.ask("block", calls=CALLS).value["wall"], "bare": lambda: bare.block(CALLS)}
        order = ("worker", "bare") if block % 2 else ("bare", "worker")
        seconds = {side: median(sides[side]()) for side in order}
        found.append(seconds["worker"] / seconds["bare"])
    worker.close()
    bare.close()
    return (
        f"steady call on {backend}, all-MiniLM-L6-v2 1x64: worker / bare process = {median(found):.4f} "
        f"(median of {BLOCKS} paired blocks of {CALLS} calls, {min(found):.3f} to {max(found):.3f})"
    )


def suite(lab: Lab, folder: Path) -> str:
    """Seconds of the suite over seconds of a plain script, both from start to exit, as a sentence."""
    command = [
        sys.executable,
        "-m",
        "fixtures",
        "compat",
        "--stack",
        lab.stack.name,
        "--architectures",
        ",".join(SUITE),
    ]
    # Code 1 says that a case ended otherwise than expected; it was compared all the same.
    with_harness, _ = _run([*command, "-k", "test_outputs", "--results", str(folder)], None, dict(os.environ), (0, 1))
    run = read(folder / "records" / f"{lab.stack.file_name}-compat.jsonl")
    asked = {"root": str(ROOT), "reference": REFERENCE, "cases": [_plain_case(lab, case, folder) for case in run.cases]}
    alone = [str(lab.stack.interpreter), "-X", "utf8", str(ROOT / "bench" / "plain.py")]
    variables = {**os.environ, **lab.stack.environment, "PYTHONDONTWRITEBYTECODE": ""}
    plain, printed = _run(alone, json.dumps(asked), variables, (0,))
    tensors = sum(case["tensors"] for case in run.cases)
    if json.loads(printed)["tensors"] != tensors:
        raise SystemExit(f"the plain script compared other tensors than the suite's {tensors:,}: {printed}")
    return (
        f"suite over {' and '.join(SUITE)}: {with_harness:.0f} s / plain script {plain:.0f} s = {with_harness / plain:.2f} "
        f"({len(run.cases)} cases, {tensors:,} tensors, one run of each)"
    )


def _plain_case(lab: Lab, case: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    made_of = ARCHITECTURES[case["architecture"]]
    checkpoint = next(one for one in made_of.checkpoints if one.head == case["head"])
    builder = lab.worker("reference")
    inputs = folder / f"{case['architecture']}-{case['head']}-{case['case']}.npz"
    if not inputs.exists():
        np.savez(inputs, **checkpoint.inputs(case["case"], builder, case["format"]))
    directory = str(checkpoint.directory(builder, case["format"]))
    spec = {"directory": directory, "head": case["head"], "device": "cpu", "dtype": "float32", "attention": ""}
    return {"backend": case["backend"], "spec": spec, "inputs": str(inputs)}


def _run(
    command: list[str], given: str | None, variables: Mapping[str, str], allowed: tuple[int, ...]
) -> tuple[float, str]:
    """Seconds from start to exit, and what was printed."""
    started = time.perf_counter()
    done = subprocess.run(command, input=given, env=dict(variables), capture_output=True, text=True)
    took = time.perf_counter() - started
    if done.returncode not in allowed:
        raise SystemExit(f"{command[1:3]} ended with code {done.returncode}: {done.stderr[-500:]}")
    return took, done.stdout


def main() -> None:
    """Measure, print, and keep the sentences beside the records."""
    parser = argparse.ArgumentParser(prog="bench.harness", description=__doc__.splitlines()[0])
    parser.add_argument("--stack", default="tr457")
    parser.add_argument("--results", type=Path, default=ROOT / "results")
    parser.add_argument("--only", choices=("steady", "suite"))
    given = parser.parse_args()
    stack = find_stack(given.stack)
    build(stack)
    lab = Lab(stack, Settings())
    sentences = []
    with tempfile.TemporaryDirectory() as folder:
        if given.only != "suite":
            sentences += [steady(lab, backend, Path(folder)) for backend in stack.backends]
        if given.only != "steady":
            sentences.append(suite(lab, Path(folder)))
    lab.close()
    for sentence in sentences:
        print(sentence)
    given.results.mkdir(parents=True, exist_ok=True)
    (given.results / "harness.md").write_text("".join(f"* {sentence}\n" for sentence in sentences), encoding="utf-8")


if __name__ == "__main__":
    main()
