"""Which cases the compatibility suite is made of, and where its table goes."""

import pytest

from compat import table
from compat.localise import WHERE, Localiser
from fixtures.backends import REFERENCE
from fixtures.checkpoints import HEADS
from fixtures.checks import CHECKS, modes_of
from fixtures.limits import limit_for
from fixtures.offered import Uncovered, covered, read_offered, uncovered
from fixtures.pipelines import PIPELINES, REQUESTS
from fixtures.plugin import BOOK, NOTES, OPTIONS, built, case_of
from fixtures.stacks import packages
from fixtures.tokenizers.cases import CHARACTERS, TOKENIZERS, ways
from fixtures.verdicts import CaseFailed

LOCALISER = pytest.StashKey[Localiser]()
MAIN = ("albert", "bert")
# What these are about lies in the body, so that one head of an architecture stands for the others.
OF_BODIES = ("dtype", "compiled", "roundtrip", "mask", "step", "curve")
SHORT_INPUTS = ("full", "minimal", "left-padded")


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        check = metafunc.function.__name__.removeprefix("test_")
        make = {"coverage": uncovered_cases, "tokenizer": tokenizer_cases, "pipeline": pipeline_cases}.get(
            check, declared
        )
        options = metafunc.config.stash[OPTIONS]
        asked = not options.checks or check in options.checks
        cases = make(options, check) if asked else []
        metafunc.parametrize("case", cases, ids=lambda case: case.id)


def pytest_collection_modifyitems(config, items):
    """Checkpoint by checkpoint, not check by check, so that a model is loaded once for most of its checks."""
    options = config.stash[OPTIONS]
    order = {id(checkpoint): place for place, checkpoint in enumerate([*options.checkpoints, *options.variants])}
    items.sort(key=lambda item: order.get(id(case.checkpoint), -1) if (case := case_of(item)) else -1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    try:
        return (yield)
    except CaseFailed as error:
        case = item.callspec.params.get("case") if hasattr(item, "callspec") else None
        wanted = case is not None and error.verdict in WHERE and "reference" in item.funcargs
        if not wanted or not asked_to_localise(item.config, case, error):
            raise
        raise CaseFailed(error.verdict, localised(item, case, error)) from None


def asked_to_localise(config, case, error):
    """A failure that the ledger expects has its cause in the ledger."""
    book = config.stash[BOOK]
    limit = limit_for(case.fields, book.ledger, packages(book.options.stack))
    known = limit is not None and limit.expected is error.verdict
    return config.getoption("--localise-known") or (config.getoption("--localise") and not known)


def localised(item, case, error):
    """The error's reason, and what the localiser finds about it; the record gets it apart as well."""
    notes = item.stash.setdefault(NOTES, {})
    comparison = notes.get("comparison")
    first = comparison.first.tensor if comparison and comparison.first else error.verdict.value
    localiser = item.config.stash.setdefault(
        LOCALISER, Localiser(item.funcargs["reference"].lab, item.config.stash[OPTIONS].results)
    )
    try:
        found = localiser.localise(case, first)
    except Exception as broken:  # the verdict stands whatever becomes of its explanation
        found = f"the localiser itself failed: {type(broken).__name__}: {broken}"
    if isinstance(found, str):
        return f"{error.reason}; {found}"
    notes.update(cause=found.cause, failure=found.directory)
    return f"{error.reason}; {found.told}"


def declared(options, check):
    """Every cell of the check, in the order in which workers can keep a loaded model."""
    return [
        options.case("compat", check, checkpoint, inputs, backend, format, mode)
        for checkpoint in (options.variants if check == "variants" else options.checkpoints)
        for format in checkpoint.formats
        for inputs in CHECKS[check].inputs or checkpoint.inputs_names
        if wanted(options, check, checkpoint, format, inputs)
        for backend in options.backends
        for mode in modes_of(check, backend, checkpoint.architecture in MAIN and not options.short)
    ]


def uncovered_cases(options, check):
    """A case for each head that a backend offers and that has no checkpoint; a narrowed run asks for none."""
    if options.partial:
        return []
    built(options.stack)
    return [
        options.case("compat", check, Uncovered(architecture, head), "none", backend, "none")
        for backend, architecture, head in uncovered(read_offered(options.stack), REFERENCE, covered())
    ]


def tokenizer_cases(options, check):
    """Every way to load each tokenizer with its topics, and its tensors on every backend; heads and own checkpoints have none."""
    if options.own or options.heads != HEADS:
        return []
    return [
        options.case("compat", check, checkpoint, f"{way.loader}:{topic}", backend, way.files)
        for checkpoint in (*TOKENIZERS, CHARACTERS)
        if checkpoint.architecture in options.architectures
        for backend in options.backends
        for way, topic in ways(checkpoint, backend == REFERENCE, options.short)
    ]


def pipeline_cases(options, check):
    """Every pipeline's requests on every backend; own checkpoints have none."""
    return [
        options.case("compat", check, checkpoint, name, backend, format)
        for checkpoint in (() if options.own else PIPELINES)
        if checkpoint.architecture in options.architectures and checkpoint.head in options.heads
        for format in checkpoint.formats
        for name in REQUESTS[checkpoint.head]
        if not options.short or name == "list"
        for backend in options.backends
    ]


def wanted(options, check, checkpoint, format, inputs):
    """A file format changes the loading alone, so one kind of inputs is enough for it but on the main architectures."""
    if check == "variants":
        return True
    if check == "outputs":
        if options.short:
            return inputs in SHORT_INPUTS
        return inputs == "full" or format == checkpoint.formats[0] or checkpoint.architecture in MAIN
    if inputs not in (*checkpoint.inputs_names, *checkpoint.more_inputs) or (
        check == "rows" and not checkpoint.rows_apart
    ):
        return False
    if (check in OF_BODIES or options.short) and not checkpoint.shown:
        return False
    return format == checkpoint.formats[0] or check == "weights"


def pytest_terminal_summary(terminalreporter, config):
    book = config.stash[BOOK]
    if book.finished("compat"):
        table.publish(book.options.results, book.writers["compat"].path, terminalreporter)
