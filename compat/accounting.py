"""Asks two stacks what they say of themselves and of each checkpoint beside its answers."""

from collections.abc import Iterator
from typing import Any

from compat import accounts, plan
from compat.changes import Change
from fixtures.backends import REFERENCE
from fixtures.cases import Checkpoint, called
from fixtures.lab import Lab
from fixtures.options import Options
from fixtures.verdicts import CaseFailed

LIBRARY = "the library"  # stands for an architecture where a change is no checkpoint's


class Accounting:
    """Compares the accounts of a run; ``uncompared`` says of which a stack gave none, and why."""

    def __init__(self, lab: Lab, sides: tuple[str, str]):
        self.workers = {sides[0]: lab.worker("reference"), sides[1]: lab.worker(REFERENCE, sides[1])}
        self.lab = lab
        self.uncompared: dict[str, str] = {}

    def changes(self, options: Options) -> Iterator[Change]:
        """What changed in the library, in each checkpoint that stands for its body, and in each odd one."""
        said = self._said(LIBRARY, "account_of_library")
        if said:
            about = {"architecture": LIBRARY, "head": "", "backend": ""}
            yield from accounts.gone_names(said[0]["names"], said[1]["names"], about)
        shown = [checkpoint for checkpoint in options.checkpoints if checkpoint.shown]
        for checkpoint in [*shown, *options.odd]:
            yield from self._of(checkpoint, options)

    def _of(self, checkpoint: Checkpoint, options: Options) -> Iterator[Change]:
        case = plan.first_of(options, checkpoint)
        named = f"{called(checkpoint.architecture, checkpoint.name)}/{checkpoint.head}"
        try:
            asked = {"spec": case.spec(self.lab.directory(case)), "arrays": self.lab.inputs(case)}
        except CaseFailed as error:
            self.uncompared[f"{named}: defaults and names"] = f"{error.verdict}: {error.reason}"
            return
        said = self._said(named, "account", **asked)
        if said:
            yield from accounts.compare_accounts(*said, checkpoint, whole=checkpoint not in options.odd)

    def _said(self, named: str, call: str, **asked: Any) -> list[accounts.Account]:
        """Both stacks' accounts, asked at once; empty when one gives none."""
        futures = {side: worker.submit(call, **asked) for side, worker in self.workers.items()}
        said = []
        for side, future in futures.items():
            try:
                said.append(future.result().value)
            except CaseFailed as error:
                self.uncompared[f"{named} on {side}: defaults and names"] = f"{error.verdict}: {error.reason}"
        return said if len(said) == len(futures) else []
