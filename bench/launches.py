"""Processes of their own for what is measured: nothing shares one, and none finds what another has compiled."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from tempfile import TemporaryDirectory
from typing import Any

from fixtures.arrays import Arrays
from fixtures.backends import forgetting
from fixtures.cases import Case
from fixtures.lab import Lab
from fixtures.verdicts import CaseFailed
from fixtures.worker import Reply

PATIENCE = 4.0  # one call loads, compiles, which may take a minute, and is then made over and over


class Launches:
    """Asks a case's backend in ``count`` new processes, one after the other."""

    def __init__(self, lab: Lab, count: int):
        self.lab = lab
        self.count = count

    def ask(self, case: Case, call: str, arrays: Arrays | None = None, **arguments: Any) -> list[Reply]:
        """The replies of a timed call, each with its ``import``; raises `CaseFailed`.

        A process with one thread is held to one core.
        """
        return [self.once(case, call, arrays, self.lab.settings.threads == 1, **arguments) for _ in range(self.count)]

    def once(self, case: Case, call: str, arrays: Arrays | None, pinned: bool, **arguments: Any) -> Reply:
        """The reply of one process that is new and ends afterwards; raises `CaseFailed`."""
        plant = (self.lab.settings.plants or {}).get(case.backend, "")
        with TemporaryDirectory(prefix="concord-compiled-", ignore_cleanup_errors=True) as folder:
            how = {"pinned": pinned, "plant": plant, "more": forgetting(case.backend, folder), "patience": PATIENCE}
            worker = self.lab.launch(case.backend, self.lab.settings.threads, **how)
            try:
                imported = worker.start()["import"]
                reply = worker.ask(call, arrays, **arguments)
            finally:
                worker.close()
        return Reply({"import": imported, **reply.value}, reply.arrays)


class Ahead:
    """What times nothing, and so may be done side by side: begun for every case once it is asked for one.

    ``prepare`` is called for one case after the other, and what it returns ``abreast`` at a time.
    """

    def __init__(self, prepare: Callable[[Case], Callable[[], Any]], cases: Iterable[Case], abreast: int):
        self.prepare = prepare
        self.cases = list(cases)
        self._pool = ThreadPoolExecutor(max_workers=abreast, thread_name_prefix="ahead")
        self._found: dict[Case, Future] = {}

    def result(self, case: Case) -> Any:
        """What was made of the case; raises what that raised."""
        if not self._found:
            self._found = {each: self._begun(each) for each in self.cases}
        return self._found[case].result()

    def close(self) -> None:
        """Begin nothing more, and wait for what is running."""
        self._pool.shutdown(cancel_futures=True)

    def _begun(self, case: Case) -> Future:
        try:
            return self._pool.submit(self.prepare(case))
        except CaseFailed as error:
            failed: Future = Future()
            failed.set_exception(error)
            return failed
