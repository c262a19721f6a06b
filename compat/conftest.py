"""Which cases the compatibility suite is made of, and where its table goes."""

import pytest

from compat import plan, table
from compat.localise import WHERE, Localiser
from fixtures.limits import limit_for
from fixtures.plugin import BOOK, NOTES, OPTIONS, built, case_of
from fixtures.verdicts import CaseFailed

LOCALISER = pytest.StashKey[Localiser]()


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        check = metafunc.function.__name__.removeprefix("test_")
        options = metafunc.config.stash[OPTIONS]
        asked = options.asks(check)
        if asked and check == "coverage" and not options.partial:
            built(options.stack)
        cases = plan.cases(options, check) if asked else []
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
    limit = limit_for(case.fields, book.ledger, book.installed(book.options.stack_of(case)))
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


def pytest_terminal_summary(terminalreporter, config):
    book = config.stash[BOOK]
    if book.finished("compat"):
        table.publish(book.options.results, book.writers["compat"].path, terminalreporter)
