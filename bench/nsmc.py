"""The page on fine-tuning on film reviews, drawn from records: ``python -m bench.nsmc results/nsmc [--to docs]``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.courses import FULL, SMALL
from bench.curves import loss_curves
from bench.following import APART, WINDOW
from bench.section import Record, passed
from bench.sheets import sheets
from bench.taught import expected, sections
from fixtures.checkpoints import fresh
from fixtures.checkpoints.named import film_reviews
from fixtures.exits import Exit, guarded
from fixtures.records import Run, read_all
from fixtures.render import to_markdown


def draw(results: Path, to: Path | None = None) -> list[Path]:
    """Write ``nsmc.md``, and ``nsmc/`` beside it, from the runs whose records lie below ``results``; nothing without any.

    Returns what was written.
    """
    to = to or results
    runs = [run for run in read_all(results, "bench") if any(case["check"] == "nsmc" for case in run.cases)]
    if not runs:
        return []
    drawn = [_files(to / "nsmc", run) for run in runs]
    pages = [
        {**_about(run), "files": [path.relative_to(to).as_posix() for path in paths]}
        for run, paths in zip(runs, drawn, strict=True)
    ]
    page = to / "nsmc.md"
    limits = {"window": WINDOW, "apart": f"{APART:g}"}
    page.write_text(to_markdown("nsmc.md.jinja", pages=pages, settings=_settings(), **limits), encoding="utf-8")
    return [*(path for paths in drawn for path in paths), page]


def _about(run: Run) -> dict[str, Any]:
    """What a run's part of the page says."""
    cases = _cases(run)
    rows, tokens, steps = (int(part) for part in cases[0]["case"].split("x"))
    (table,) = sections(cases)
    return {
        **{"header": run.header, "checkpoint": cases[0]["checkpoint"], "table": table},
        **{"rows": rows, "tokens": tokens, "steps": steps},
        "source": next((case["source"] for case in cases if "source" in case), "none"),
        "minutes": sum(case["seconds"] for case in cases) / 60,
    }


def _files(folder: Path, run: Run) -> list[Path]:
    """A run's picture of losses and its sheet, of the backends whose work was the same."""
    cases = _cases(run)
    curves = {case["backend"]: case["losses"] for case in passed(cases)}
    name = f"{run.header['stack']['name']}-{run.header['device']}-{cases[0]['case']}"
    texts = {".svg": loss_curves(curves, expected(cases).get("losses")), ".csv": sheets(run)["nsmc"]} if curves else {}
    folder.mkdir(parents=True, exist_ok=True)
    for ending, text in texts.items():
        (folder / (name + ending)).write_text(text, encoding="utf-8")
    return [folder / (name + ending) for ending in texts]


def _cases(run: Run) -> list[Record]:
    return [case for case in run.cases if case["check"] == "nsmc"]


def _settings() -> list[dict[str, Any]]:
    """What can be asked for: the command, the model's config and the course."""
    return [
        {"command": "tox run -e nsmc", "config": fresh.small(film_reviews().characters).config, "course": SMALL},
        {
            "command": "tox run -e nsmc -- --full --device cuda --threads 0",
            "config": fresh.large().config,
            "course": FULL,
        },
    ]


def main(arguments: Sequence[str]) -> Exit:
    """Draw the page, and say what was written."""
    parser = argparse.ArgumentParser(prog="bench.nsmc", description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder with the records")
    parser.add_argument("--to", type=Path, help="folder for the page and its files (default: the same)")
    given = parser.parse_args(arguments)
    written = draw(given.results, given.to)
    print("\n".join(map(str, written)) or f"{given.results}: no finished run of the check nsmc, so nothing is drawn")
    return Exit.EXPECTED if written else Exit.NOTHING


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
