"""Which cases the compatibility suite is made of, and where its table goes."""

from compat import table
from fixtures.plugin import BOOK, OPTIONS

SHORT_INPUTS = ("full", "minimal", "left-padded")


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        cases = declared(metafunc.config.stash[OPTIONS], metafunc.function.__name__.removeprefix("test_"))
        metafunc.parametrize("case", cases, ids=lambda case: case.id)


def declared(options, check):
    """Every cell of the check, in the order in which workers can keep a loaded model."""
    return [
        options.case("compat", check, checkpoint, inputs, backend, format)
        for checkpoint in options.checkpoints
        for format in checkpoint.formats
        for inputs in checkpoint.inputs_names
        if not options.short or inputs in SHORT_INPUTS
        for backend in options.backends
    ]


def pytest_terminal_summary(terminalreporter, config):
    book = config.stash[BOOK]
    if book.finished("compat"):
        table.publish(book.options.results, terminalreporter)
