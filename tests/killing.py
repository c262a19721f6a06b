"""Runs the suite with a fault planted on each of many checkpoints, and tells which were seen."""

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fixtures.checkpoints import ARCHITECTURES
from fixtures.records import read
from fixtures.stacks import ROOT

FAULTS = ROOT / "tests" / "faults"
INPUTS = "safetensors and (full or minimal or left_padded or plain or labelled or prompt)"
RAN: set[str] = set()  # backends whose faults were planted in this process
BENIGN = (
    *("bert-base", "bert-masked-lm", "bert-seq-cls", "bert-token-cls", "bert-qa"),
    *("bert-multiple-choice", "bert-next-sentence", "bert-pretraining", "bert-causal-lm"),
)


@dataclass(frozen=True)
class Fault:
    """A planted fault: where, what, and how it must be seen; ``first`` is ``*`` where no one tensor tells."""

    backend: str
    place: str
    fault: str
    check: str
    verdict: str
    first: str = "*"

    def seen(self, cases: tuple[Mapping[str, Any], ...]) -> list[Mapping[str, Any]]:
        """Records of its check that have its word and name its tensor, where without the fault they would not."""
        return [
            case
            for case in cases
            if place_of(case) == self.place
            and case["check"] == self.check
            and case["verdict"] == self.verdict
            and case["verdict"] != case["expected"]
            and (self.first in ("*", case["first"]) or f": {self.first} differs first" in case["reason"])
        ]


def planted() -> list[Fault]:
    """Every fault of ``expected.toml``."""
    entries = tomllib.loads((FAULTS / "expected.toml").read_text(encoding="utf-8"))
    return [
        Fault(backend, place, **entry) for backend, by_place in entries.items() for place, entry in by_place.items()
    ]


def place_of(case: Mapping[str, Any]) -> str:
    """The checkpoint of a record, as faults are named after it."""
    return f"{case['architecture']}-{case['head']}"


@cache
def run(backend: str) -> tuple[Mapping[str, Any], ...]:
    """Records of a run of ``backend`` with all its faults planted, each on the check that must see it."""
    RAN.add(backend)
    asked = [(fault.place, fault.check) for fault in planted() if fault.backend == backend]
    return _run(backend, asked, FAULTS / f"{backend}.py")


@cache
def run_benign(backend: str) -> tuple[Mapping[str, Any], ...]:
    """Records of a run of ``backend`` with the benign changes planted."""
    return _run(backend, [(place, "outputs") for place in BENIGN], FAULTS / "benign.py")


def _run(backend: str, asked: list[tuple[str, str]], faults: Path) -> tuple[Mapping[str, Any], ...]:
    cells = [
        (name, place.removeprefix(f"{name}-"), check)
        for place, check in asked
        for name in ARCHITECTURES
        if place.removeprefix(f"{name}-") in ARCHITECTURES[name].heads
    ]
    chosen = " or ".join(
        f"(test_{check} and [{underscored(name)}-{underscored(head)}- and {INPUTS})" for name, head, check in cells
    )
    with tempfile.TemporaryDirectory() as folder:
        plant = Path(folder) / "plant.py"
        plant.write_text((FAULTS / "placed.py").read_text(encoding="utf-8") + faults.read_text(encoding="utf-8"))
        narrowed = ["--architectures", ",".join(sorted({name for name, _, _ in cells})), "--backends", backend]
        command = [
            sys.executable,
            "-m",
            "fixtures",
            "compat",
            "--no-localise",
            "--results",
            folder,
            *narrowed,
            "-k",
            chosen,
        ]
        done = subprocess.run([*command, "--plant", f"{backend}={plant}"], cwd=ROOT, capture_output=True, text=True)
        found = sorted(Path(folder, "records").glob("*-compat.jsonl"))
        if not found:
            raise RuntimeError(f"the run left no records:\n{done.stdout}\n{done.stderr}")
        return tuple(read(found[0]).cases)


def underscored(name: str) -> str:
    """A name as test ids have it."""
    return name.replace("-", "_")


def rate() -> str:
    """One sentence: how many of the planted faults were seen, of those that have been run."""
    ran = [fault for fault in planted() if fault.backend in RAN]
    seen = [fault for fault in ran if fault.seen(run(fault.backend))]
    return f"planted faults seen: {len(seen)}/{len(ran)}" if ran else ""


def page() -> str:
    """Every fault with how it was seen, as Markdown; runs all of them."""
    lines = [
        "# Faults that the suite was shown",
        "",
        "Each was planted in a worker, on one checkpoint, and had to be seen by the check and in the word named here; where one "
        "tensor tells, it had to be the first that differs. Written by `python -m tests.killing docs/faults.md`.",
        "",
        "| backend | checkpoint | fault | check | verdict | first | seen |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for fault in planted():
        seen = fault.seen(run(fault.backend))
        ratio = max((case["ratio"] or 0.0 for case in seen), default=0.0)
        told = (f"ratio {ratio:.2g}" if ratio else "yes") if seen else "**no**"
        first = "" if fault.first == "*" else f"`{fault.first}`"
        lines.append(
            f"| {fault.backend} | {fault.place} | {fault.fault} | {fault.check} | `{fault.verdict}` | {first} | {told} |"
        )
    benign = [case for backend in sorted({fault.backend for fault in planted()}) for case in run_benign(backend)]
    passed = sum(case["verdict"] == case["expected"] for case in benign)
    told = "other orders, halves, padding, threads, layouts, kernels and compiled forms"
    return "\n".join(
        [*lines, "", f"{rate()}.", "", f"Benign changes ({told}): {passed}/{len(benign)} cells as expected.", ""]
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
    print(rate())
