"""A directory that shows a failure alone: checkpoint, inputs, what should come out, and a script of some twenty lines."""

import json
import os
import re
import shutil
import subprocess
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fixtures.arrays import Arrays

LARGEST = 200e6  # bytes of weights that are copied; a larger checkpoint is named by its path
SECONDS = 120.0
CHECK = """
expected = np.load("expected.npy")  # PyTorch in float64; NaN where nothing counts
error = np.where(np.isnan(expected), 0.0, np.abs(found - expected))
place = np.unravel_index(np.nan_to_num(error, nan=np.inf).argmax(), error.shape)
print("{tensor}, largest error at", tuple(int(index) for index in place))
print("expected", expected[place], "found", found[place], "allowed error {allowed:.3g}")
raise SystemExit(0 if error.max() <= {allowed!r} else "FAILED: {tensor} is not what the checkpoint means")
"""


@dataclass(frozen=True)
class Shown:
    """One tensor of a failure: its name, what it should be (float64, NaN where nothing counts), the largest error allowed."""

    tensor: str
    expected: np.ndarray
    allowed: float


@dataclass(frozen=True)
class Script:
    """What a backend says of itself: the text that loads a model, the model's class, the environment that it needs."""

    text: str
    model: str
    environment: Mapping[str, str]


def write(folder: Path, checkpoint: Path, inputs: Arrays, shown: Shown, script: Script, title: str) -> Path:
    """Write the directory afresh; returns the script's path."""
    shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    files = [path for path in checkpoint.iterdir() if path.is_file() and _is_part(path)]
    small = sum(path.stat().st_size for path in files) <= LARGEST
    if small:
        (folder / "checkpoint").mkdir()
        for path in files:
            shutil.copyfile(path, folder / "checkpoint" / path.name)
    np.savez(folder / "inputs.npz", **inputs)
    np.save(folder / "expected.npy", shown.expected)
    file = folder / "reproduce.py"
    file.write_text(_source(shown, script, "checkpoint" if small else str(checkpoint), title), encoding="utf-8")
    return file


def shows_alone(file: Path, interpreter: Path, environment: Mapping[str, str]) -> bool | None:
    """Run the script by itself: whether it shows the failure; None when it could not say."""
    try:
        done = subprocess.run(
            [str(interpreter), file.name],
            cwd=file.parent,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return None
    (file.parent / "output.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    return done.returncode != 0 if "largest error at" in done.stdout else None


def member(tensor: str) -> str:
    """How a model's output gives a tensor: ``["hidden_states"][3]``."""
    name, _, index = tensor.partition(".")
    return f'["{name}"]' + (f"[{index}]" if index else "")


def _source(shown: Shown, script: Script, directory: str, title: str) -> str:
    kind = re.search(r"hidden_states|attentions", shown.tensor)
    text = script.text.format(
        environment=json.dumps(dict(script.environment)),
        model=script.model,
        directory=json.dumps(directory),
        member=member(shown.tensor),
        asked=f"output_{kind[0]}=True, " if kind else "",
        attention=', attn_implementation="eager"' if kind and kind[0] == "attentions" else "",
    )
    told = textwrap.fill(title.replace("\\", "/").replace('"""', "'''"), 118)
    return f'"""{told}"""\n' + text + CHECK.format(tensor=shown.tensor, allowed=shown.allowed).lstrip()


def _is_part(path: Path) -> bool:
    name = path.name
    return name == "config.json" or name.endswith((".safetensors", ".index.json")) or name.startswith("pytorch_model")


def describe(folder: Path, diagnosis: Mapping[str, Any]) -> None:
    """Write what was found beside the script."""
    (folder / "diagnosis.json").write_text(json.dumps(diagnosis, indent=1, ensure_ascii=False), encoding="utf-8")
