"""Which cases the compatibility suite is made of, and where its table goes."""

from compat import table
from fixtures.backends import REFERENCE
from fixtures.offered import Uncovered, covered, read_offered, uncovered
from fixtures.plugin import BOOK, OPTIONS, built

MAIN = ("albert", "bert")
SHORT_INPUTS = ("full", "minimal", "left-padded")


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        check = metafunc.function.__name__.removeprefix("test_")
        make = uncovered_cases if check == "coverage" else declared
        cases = make(metafunc.config.stash[OPTIONS], check)
        metafunc.parametrize("case", cases, ids=lambda case: case.id)


def declared(options, check):
    """Every cell of the check, in the order in which workers can keep a loaded model."""
    return [
        options.case("compat", check, checkpoint, inputs, backend, format)
        for checkpoint in options.checkpoints
        for format in checkpoint.formats
        for inputs in checkpoint.inputs_names
        if wanted(options, check, checkpoint, format, inputs)
        for backend in options.backends
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


def wanted(options, check, checkpoint, format, inputs):
    """A file format changes the loading alone, so one kind of inputs is enough for it but on the main architectures."""
    if check == "rows":
        return inputs == "full" and format == checkpoint.formats[0]
    if options.short:
        return inputs in SHORT_INPUTS
    return inputs == "full" or format == checkpoint.formats[0] or checkpoint.architecture in MAIN


def pytest_terminal_summary(terminalreporter, config):
    book = config.stash[BOOK]
    if book.finished("compat"):
        table.publish(book.options.results, book.writers["compat"].path, terminalreporter)
