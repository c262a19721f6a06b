"""Which cases the benchmarks are made of, and where their table goes."""

from pathlib import Path

import pytest

from bench import table
from bench.workloads import Workload
from fixtures.checkpoints.albert import CHARACTER_ALBERT, KB_ALBERT
from fixtures.checkpoints.loud import weights_hash
from fixtures.plugin import BOOK, OPTIONS

SHAPES = {"all-MiniLM-L6-v2": ("1x64", "8x64"), "kb-albert-char": ("1x64",)}
STEPS = {"kb-albert-char": "2x64x4", "albert-char": "16x48x30"}


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        check = metafunc.function.__name__.removeprefix("test_")
        make = {"inference": inference_cases, "finetune": finetune_cases}[check]
        options = metafunc.config.stash[OPTIONS]
        metafunc.parametrize("case", make(options) if options.asks(check) else [], ids=lambda case: case.id)


def inference_cases(options):
    """A shape of inputs a case; a short run takes the first checkpoint and shape only."""
    checkpoints = options.own or (options.trained, KB_ALBERT)
    return [
        options.case("bench", "inference", checkpoint, shape, backend, checkpoint.formats[0])
        for checkpoint in checkpoints[: 1 if options.short else None]
        for shape in SHAPES.get(checkpoint.name, ("1x64",))[: 1 if options.short else None]
        for backend in options.backends
    ]


def finetune_cases(options):
    """Rows, tokens and steps a case; a short run takes the small model and five steps."""
    if options.own:
        return []
    chosen = (
        {CHARACTER_ALBERT: "16x48x5"} if options.short else {c: STEPS[c.name] for c in (KB_ALBERT, CHARACTER_ALBERT)}
    )
    return [
        options.case("bench", "finetune", checkpoint, steps, backend, "safetensors")
        for checkpoint, steps in chosen.items()
        for backend in options.backends
    ]


@pytest.fixture
def fresh(lab, case):
    """The case's backend in a new process that is held to one core when it has one thread."""
    threads = lab.settings.threads
    worker = lab.launch(
        case.backend, threads, pinned=threads == 1, plant=(lab.settings.plants or {}).get(case.backend, "")
    )
    yield worker
    worker.close()


@pytest.fixture
def spec(lab, case):
    """What the backend is asked to load; ``attention`` empty is the library's default."""
    checkpoint = case.checkpoint
    return {
        "directory": str(lab.directory(case)),
        "head": checkpoint.head,
        "trusted": checkpoint.trusted,
        "device": case.device,
        "dtype": case.dtype,
        "attention": "",
    }


@pytest.fixture
def record_workload(note, spec):
    """Note what identifies the work: the text's source, the inputs' and the weights' digests."""

    def write(workload: Workload):
        note(
            source=workload.source, inputs_digest=workload.digest, weights_digest=weights_hash(Path(spec["directory"]))
        )

    return write


def pytest_terminal_summary(terminalreporter, config):
    book = config.stash[BOOK]
    if book.finished("bench"):
        table.publish(book.options.results, book.writers["bench"].path, terminalreporter)
