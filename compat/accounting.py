"""Asks two stacks what they say of themselves and of each checkpoint beside its answers."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from compat import accounts, plan
from compat.changes import ACCOUNT, GENERATED, Change, Kind, advice
from compat.judging import Judge
from compat.loading import some
from fixtures.backends import REFERENCE
from fixtures.cases import Case, Checkpoint, called
from fixtures.lab import Lab
from fixtures.once import Once
from fixtures.options import Options
from fixtures.verdicts import CaseFailed

LIBRARY = "the library"  # stands for an architecture where a change is no checkpoint's


class Accounting:
    """Compares the accounts of a run: ``compared`` holds the checkpoints of which there was something to compare.

    ``uncompared`` says of which parts the old stack gave none, and why.
    """

    def __init__(self, lab: Lab, sides: tuple[str, str], old: Once):
        self.workers = {sides[0]: lab.worker("reference"), sides[1]: lab.worker(REFERENCE, sides[1])}
        self.lab = lab
        self.old, self.new = sides
        # A process gives some warnings once, so that its first account alone has them.
        self.first = old
        self.uncompared: dict[str, str] = {}
        self.compared: list[Checkpoint] = []

    def changes(self, options: Options) -> Iterator[Change]:
        """What changed in the library, in each checkpoint that stands for its body, and in each odd one."""
        about = {"architecture": LIBRARY, "head": "", "backend": ""}
        said, failed = self._said(LIBRARY, "account_of_library", about)
        yield from failed
        if said:
            yield from accounts.gone_names(said[0]["names"], said[1]["names"], about)
        shown = [checkpoint for checkpoint in options.checkpoints if checkpoint.shown]
        for checkpoint in [*shown, *options.odd]:
            yield from self._of(checkpoint, options)

    def missing(self, options: Options) -> dict[str, str]:
        """Checkpoints that were asked about in vain: name to reason."""
        asked = [checkpoint for checkpoint in options.checkpoints if checkpoint.shown]
        if not asked:
            return {ACCOUNT: "no checkpoint stands for what was named"}
        lost = [checkpoint for checkpoint in asked if checkpoint not in self.compared]
        names = [f"{called(each.architecture, each.name)}/{each.head}" for each in lost]
        return {name: self._why(name) for name in names}

    def _why(self, named: str) -> str:
        return next(
            (why for name, why in self.uncompared.items() if name.startswith(f"{named}:")), "no account is given"
        )

    def _of(self, checkpoint: Checkpoint, options: Options) -> Iterator[Change]:
        case = plan.first_of(options, checkpoint)
        name = called(checkpoint.architecture, checkpoint.name)
        named = f"{name}/{checkpoint.head}"
        try:
            asked = {"spec": case.spec(self.lab.directory(case)), "arrays": self.lab.inputs(case)}
        except CaseFailed as error:
            self.uncompared[f"{named}: {accounts.EVERYTHING}"] = f"{error.verdict}: {error.reason}"
            return
        about = {"architecture": name, "head": checkpoint.head, "backend": REFERENCE}
        said, failed = self._said(named, "account", about, **asked)
        if REFERENCE not in options.backends:
            said = [accounts.of_any_backend(account) for account in said]
        if failed or (said and accounts.told(said[0])):
            self.compared.append(checkpoint)
        yield from failed
        if not said:
            return
        self.uncompared |= {
            f"{named}: {part}": f"{self.old} gives no account: {why}"
            for part, why in accounts.unaccounted(said[0]).items()
        }
        for change in accounts.compare_accounts(*said, checkpoint, whole=checkpoint not in options.odd):
            if change.check == GENERATED and (others := self._unsettled(case)):
                why = f"other values each time that it is loaded: {some(others)}"
                self.uncompared[f"{named}: {GENERATED}"] = why
            else:
                yield change

    def _unsettled(self, case: Case) -> list[str]:
        judge = Judge(self.lab)
        return [weight for side in (self.old, self.new) for weight in judge.unsettled(replace(case, stack=side))]

    def _said(
        self, named: str, call: str, about: Mapping[str, str], **asked: Any
    ) -> tuple[list[accounts.Account], list[Change]]:
        """Both stacks' accounts, asked at once; empty when one gives none, and the change if that is the new one alone."""
        key = (call, named, asked.get("spec", {}).get("directory", ""))
        before = self.first(key, lambda: self.workers[self.old].submit(call, **asked))
        after = self.workers[self.new].submit(call, **asked)
        try:
            old = before.result().value
        except CaseFailed as error:
            self.uncompared[f"{named}: {accounts.EVERYTHING}"] = (
                f"{self.old} gives no account: {error.verdict}: {error.reason}"
            )
            return [], []
        try:
            return [old, after.result().value], []
        except CaseFailed as error:
            text, do = f"{error.verdict}: {error.reason}", advice(Kind.LOUD, error.verdict, error.reason)
            return [], [Change(Kind.LOUD, ACCOUNT, case=accounts.EVERYTHING, old="works", new=text, do=do, **about)]
