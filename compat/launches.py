"""One upgrade in several launches of its new stack: what a change is worth that not every process shows.

The old stack and the truth answer each case once, each launch of the new stack answers it in processes of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from rich.console import Console
from rich.progress import track

from compat.changes import WORST, Change, Kind
from compat.judging import Judge
from compat.pair import Upgrade, lab_of
from fixtures.cases import Case
from fixtures.lab import Lab

ABREAST = 2  # launches that are asked at the same time, but for what is timed


class Launches:
    """The same upgrade as often as there are launches; what is told of it is what they tell together."""

    def __init__(self, upgrade: Upgrade, count: int):
        self.each = [upgrade, *(upgrade.launched(number) for number in range(2, count + 1))]

    def lab(self) -> Lab:
        """The workers of every launch; close it after use."""
        return lab_of(self.each)

    def run(self, lab: Lab, localise: bool = True) -> None:
        """Compare each launch with the old stack, case by case; an upgrade's `changes` are there when it returns."""
        for upgrade in self.each:
            upgrade.begin(lab)
        found = self._abreast(lambda upgrade: upgrade.at_first(lab))
        with _following(lab, self.each) as judge:
            for case in _in_sight(self.each[0].cases):
                for upgrade, changes in zip(self.each, found, strict=True):
                    changes += filter(None, [upgrade.compare(judge, case)])
        beside = self._abreast(lambda upgrade: upgrade.beside(lab))
        for upgrade, *parts in zip(self.each, found, beside, strict=True):
            every = [change for part in (*parts, upgrade.at_last(lab)) for change in part]
            upgrade.concluded(lab, every, localise)

    def _abreast(self, ask: Callable[[Upgrade], Iterable[Change]]) -> list[list[Change]]:
        """What each launch tells, some of them asked at the same time."""
        with ThreadPoolExecutor(ABREAST, thread_name_prefix="launch") as pool:
            return list(pool.map(lambda upgrade: list(ask(upgrade)), self.each))

    @property
    def together(self) -> Upgrade:
        """What they say as one: its counts are sums, and a change that not every launch shows says how many do."""
        first = self.each[0]
        if len(self.each) == 1:
            return first
        return replace(
            first,
            changes=list(joined([upgrade.changes for upgrade in self.each])),
            compared=sum(upgrade.compared for upgrade in self.each),
            values=sum(upgrade.values for upgrade in self.each),
            accounts=sum(upgrade.accounts for upgrade in self.each),
            uncompared=_united([upgrade.uncompared for upgrade in self.each]),
            timed=sum(upgrade.timed for upgrade in self.each),
            incomplete=any(upgrade.incomplete for upgrade in self.each),
            broken=any(upgrade.broken for upgrade in self.each),
        )


@contextmanager
def _following(lab: Lab, upgrades: Sequence[Upgrade]) -> Iterator[Judge]:
    cases = upgrades[0].cases
    lab.follow([each for case in cases for each in (case, *(upgrade.twins[id(case)] for upgrade in upgrades))])
    yield Judge(lab)
    lab.follow([])


def _in_sight(cases: Sequence[Case]) -> Iterable[Case]:
    """The cases, and beside them how far the run is, where a person looks on."""
    console = Console(stderr=True)
    return track(cases, "cases compared", console=console, transient=True, disable=not console.is_terminal)


def joined(launches: Sequence[Sequence[Change]]) -> Iterator[Change]:
    """Changes that each launch told, worst first, as one where they are about the same thing."""
    found: dict[tuple, dict[int, Change]] = defaultdict(dict)
    for launch, changes in enumerate(launches):
        alike: Counter[tuple] = Counter()  # two checkpoints may have one name, and what changed in each is told
        for change in changes:
            # What is announced is told by its text, for all of a checkpoint's warnings are about one thing.
            text = (change.new,) if change.kind is Kind.ANNOUNCED else ()
            what = (change.kind, *change.what, *text)
            alike[what] += 1
            found[*what, alike[what]][launch] = change
    for same in sorted((list(each.values()) for each in found.values()), key=lambda same: _place(same[0])):
        some = f" (in {len(same)} of {len(launches)} launches)" if len(same) < len(launches) else ""
        yield replace(same[0], new=same[0].new + some)


def _place(change: Change) -> tuple[int, float]:
    return WORST[change.kind], -min(change.size, 1e30)


def _united(parts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {name: why for part in parts for name, why in part.items()}
