"""Which cases the benchmarks are made of, and where their table goes."""

from functools import partial
from pathlib import Path

import pytest

from bench import cells, passes, table
from bench.launches import Ahead, Launches
from bench.workloads import Workload
from fixtures.checkpoints.albert import CHARACTER_ALBERT, KB_ALBERT
from fixtures.checkpoints.loud import weights_hash
from fixtures.plugin import BOOK, OPTIONS, case_of

STEPS = {"kb-albert-char": "2x64x4", "albert-char-nsmc": "16x48x30"}


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        check = metafunc.function.__name__.removeprefix("test_")
        make = finetune_cases if check == "finetune" else getattr(cells, f"{check}_cases")
        options = metafunc.config.stash[OPTIONS]
        metafunc.parametrize("case", make(options) if options.asks(check) else [], ids=lambda case: case.id)


def finetune_cases(options):
    """Rows, tokens and steps a case; a short run takes the small model and five steps."""
    if options.own:
        return []
    whole = {each: STEPS[each.name] for each in (KB_ALBERT, options.classifier)}
    chosen = {CHARACTER_ALBERT: "16x48x5"} if options.short else whole
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


@pytest.fixture(scope="session")
def launches(lab, options):
    return Launches(lab, options.measures.launches)


@pytest.fixture(scope="session")
def peaks(request, launches, options):
    """Peak memory of every case that asks for it; a user's own checkpoint may need all that there is."""
    made = Ahead(partial(passes.peak, launches, options), asked_for(request, "memory"), abreast=1 if options.own else 2)
    yield made
    made.close()


@pytest.fixture(scope="session")
def counts(request, lab):
    """Instruction counts of every case that asks for them."""
    made = Ahead(partial(passes.count, lab), asked_for(request, "instructions"), abreast=2)
    yield made
    made.close()


def asked_for(request, check):
    cases = [case for item in request.session.items if (case := case_of(item)) is not None]
    return [case for case in cases if case.check == check]


@pytest.fixture
def spec(lab, case):
    """What the backend is asked to load; ``attention`` empty is the library's default."""
    return case.spec(lab.directory(case))


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
