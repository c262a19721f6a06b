"""``python -m compat.bisect GOOD BAD``: the release that changed the answer, and what changed in it.

First which package did it, where several differ, then which of its releases: the ones between are halved, and one that can't
be installed is left out and told. The good stack's workers stay, so that each step costs one installation and one import.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version

from compat.changes import Change, place_of
from compat.pair import Upgrade
from compat.shown import CannotJudge, shows
from compat.upgrade import EXITS, prepare
from compat.upgrade import as_json as of_upgrade
from compat.upgrade_table import counted, title
from fixtures.backends import REFERENCE
from fixtures.exits import Exit, guarded
from fixtures.lab import Lab
from fixtures.options import Options, add_options
from fixtures.overlays import LIBRARY
from fixtures.overlays import package as package_of
from fixtures.releases import between, releases
from fixtures.stacks import CannotInstall, Stack, packages
from fixtures.swapped import SUSPECTS, moved, with_release
from fixtures.verdicts import Refusal


@dataclass
class Found:
    """The outcome: ``package`` went from ``last_good`` to ``first_bad`` between which the change came; empty when unknown.

    ``skipped`` says which releases could not be tried, and why; ``companions`` says which other packages a release came with.
    ``exact``: no release between ``last_good`` and ``first_bad`` was left out. ``releases``: those of ``package`` between the two
    stacks. ``untried``: packages that differ between them beside `SUSPECTS`, and that nobody asked about.
    """

    known: Change
    package: str = ""
    last_good: str = ""
    first_bad: str = ""
    change: Change | None = None
    skipped: list[str] = field(default_factory=list)
    built: list[str] = field(default_factory=list)
    companions: dict[str, list[str]] = field(default_factory=dict)
    exact: bool = True
    releases: list[str] = field(default_factory=list)
    untried: list[str] = field(default_factory=list)


class Bisection:
    """The search for one known change between an upgrade's two stacks, which are built; ``say`` is told each step."""

    def __init__(self, lab: Lab, upgrade: Upgrade, options: Options, known: Change, say: Callable[[str], None]):
        self.lab = lab
        self.good = upgrade.old
        self.python = upgrade.new.python
        self.remembered = upgrade.remembered
        self.options = options
        self.say = say
        self.found = Found(known)
        self.versions = [packages(stack) for stack in (upgrade.old, upgrade.new)]

    def run(self, early: bool = False) -> Found:
        """Name the package and its release; raises `CannotInstall` when the index can't be asked."""
        for package in self._suspects():
            wanted = self.versions[1][package]
            try:
                change = self._change_in(package, wanted)
            except (CannotInstall, CannotJudge) as error:
                self.found.skipped.append(f"{package} {wanted}: {error}")
                continue
            if change:
                self.found.package, self.found.first_bad, self.found.change = package, wanted, change
                self._halve(package, early)
                return self.found
        return self.found

    def _suspects(self) -> list[str]:
        """Packages that differ, the likely ones first."""
        old, new = (
            {package_of(Requirement(name)): version for name, version in side.items()} for side in self.versions
        )
        self.versions = [old, new]
        differing = [name for name in old if name in new and old[name] != new[name]]
        alone = [f"{name}, which one of the two lacks" for name in set(old) ^ set(new) if name in SUSPECTS]
        self.found.untried = sorted([*set(differing).difference(SUSPECTS), *alone])
        return [name for name in SUSPECTS if name in differing]

    def _halve(self, package: str, early: bool) -> None:
        # The library comes with another Python where the good stack's is too old for it.
        pythons = {self.good.python, self.python if package == LIBRARY else self.good.python}
        every = sorted({release for python in pythons for release in releases(package, python, early)})
        good, bad = (Version(side[package]) for side in self.versions)
        inside = between(every, good, bad)
        self.found.releases = [str(release) for release in inside]
        listed = f": {', '.join(self.found.releases)}" if inside else ""
        self.say(f"{package}: {len(inside)} releases between {good} and {bad}{listed}")
        low, high, kept = -1, len(inside), dict(enumerate(inside))
        while any(low < place < high for place in kept):
            middle = _middle([place for place in kept if low < place < high])
            try:
                change = self._change_in(package, str(kept[middle]))
            except (CannotInstall, CannotJudge) as error:
                self.found.skipped.append(f"{package} {kept.pop(middle)}: {error}")
                continue
            if change:
                high, self.found.first_bad, self.found.change = middle, str(kept[middle]), change
            else:
                low = middle
        self.found.last_good = str(inside[low] if low >= 0 else good)
        self.found.exact = high == low + 1

    def _change_in(self, package: str, version: str) -> Change | None:
        """The known change, as it is between the good stack and itself with another release of one package.

        Raises `CannotInstall` or `CannotJudge`.
        """
        stack = with_release(self.good, package, version, (*self.options.backends, REFERENCE))
        others = moved(self.good, stack, package)
        if stack.python != self.good.python:
            others.insert(0, f"Python {self.good.python} → {stack.python}")
        if others:
            self.found.companions[f"{package} {version}"] = others
        self.found.built.append(stack.name)
        self.lab.add(stack.name, stack)
        started = time.monotonic()
        try:
            upgrade = Upgrade(self.good, stack, self.options, remembered=self.remembered)
            change = shows(upgrade, self.lab, self.found.known)
        finally:
            self.lab.drop(stack.name)
        self.say(f"{package} {version}: {'changed' if change else 'as before'} ({time.monotonic() - started:.0f} s)")
        return change


def _middle(places: Sequence[int]) -> int:
    return places[len(places) // 2]


def known_change(upgrade: Upgrade, lab: Lab, case: str) -> Change | None:
    """The change to look for: the one that ``case`` names, else the worst one that a release could have made.

    ``case`` is what an upgrade calls a change, ``albert/qa on torch: outputs, full, safetensors``, or a case's id, with its check
    or without. Raises `Refusal` where nothing is called so.
    """
    named = [each for each in upgrade.cases if case in (title(place_of(each)), each.id, f"{each.check}-{each.id}")]
    if named:
        return next(iter(list(upgrade.compared_cases(lab, named))), None)
    found = upgrade.run(lab, localise=False)
    if case:
        every = (*upgrade.changes, *upgrade.every)
        if change := next((change for change in every if title(change.as_json()) == case), None):
            return change
        said = "there is no such case, and nothing that changed is called so"
        raise Refusal(f"--case {case}: {said}; give what `tox run -e upgrade` prints above a change")
    return next((change for change in found if change.check != "backend"), found[0] if found else None)


def as_json(found: Found, good: Stack, bad: Stack, seconds: float) -> dict[str, Any]:
    """What ``--json`` writes."""
    change = found.change or found.known
    names = ("package", "last_good", "first_bad", "releases", "skipped", "untried", "built", "companions", "exact")
    told = {name: getattr(found, name) for name in names}
    return {"good": good.name, "bad": bad.name, **told, "seconds": round(seconds, 1), "change": change.as_json()}


def lines(document: dict[str, Any]) -> Iterator[str]:
    """The outcome in a few lines."""
    change = document["change"]
    if document["package"]:
        package, first, last = (document[name] for name in ("package", "first_bad", "last_good"))
        or_else = "" if document["exact"] else ", or one that was left out"
        yield f"{package} {first} did it{or_else}; {package} {last} is the last good release"
    elif document["skipped"]:
        yield "no release is named: no package that could be tried does it alone, and some could not be"
    elif document["built"]:
        yield "no package did it alone: the change comes with several together, or with one that was not tried"
    else:
        yield "no release is named: no package that is tried differs between the two"
    yield f"  {title(change)}"
    yield from (f"    {name:<5} {change[name]}" for name in ("old", "new", "cause", "do") if change[name])
    yield from (f"  left out: {text}" for text in document["skipped"])
    if document["untried"] and not document["package"]:
        yield f"  differ, and were not tried: {', '.join(document['untried'])}"
    if others := document["companions"].get(f"{document['package']} {document['first_bad']}"):
        yield f"  with it came {', '.join(others)}, which may have a part in it"
    yield f"  {len(document['built'])} stacks tried in {document['seconds']:g} s"


def main(arguments: Sequence[str]) -> Exit:
    """Search, print, write; exit 1 for a change, whether or not its release is named, 0 for none, 3 when that can't be told."""
    parser = argparse.ArgumentParser(prog="tox run -e bisect --", description=__doc__.splitlines()[0])
    parser.add_argument("good", help="a stack's name or requirement strings, as transformers==4.48.3")
    parser.add_argument("bad", help="the same of the stack whose answer is another")
    parser.add_argument(
        "--case", default="", help="what an upgrade calls a change, or a case's id (default: the worst change)"
    )
    parser.add_argument("--pre", action="store_true", help="try pre-releases as well")
    parser.add_argument("--json", help="file for the outcome")
    add_options(parser.add_argument)
    given = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        return search(given, started)
    except Refusal as refusal:
        print(f"ERROR: {refusal}", file=sys.stderr)
        return Exit.NOTHING if isinstance(refusal, CannotInstall) else Exit.USAGE


def search(given: argparse.Namespace, started: float) -> Exit:
    """The whole search for what the command line asks; raises `Refusal`."""
    upgrade = prepare(given.good, given.bad, given)
    good, bad, options = upgrade.old, upgrade.new, upgrade.options
    lab = upgrade.lab()
    try:
        known = known_change(upgrade, lab, given.case)
        lab.drop(upgrade.called)
        if known is None:
            print(f"nothing changed between {good.name} and {bad.name}: {counted(of_upgrade(upgrade))} compared")
            print("".join(f"not compared: {name}: {why}\n" for name, why in upgrade.uncompared.items()), end="")
            return EXITS.get(upgrade.verdict, Exit.EXPECTED)
        print(f"looking for: {title(known.as_json())}\n  {known.new}")
        narrowed = replace(options, backends=(known.backend,) if known.backend else options.backends)
        found = Bisection(lab, upgrade, narrowed, known, lambda text: print(f"  {text}", flush=True)).run(given.pre)
    finally:
        lab.close()
    document = as_json(found, good, bad, time.monotonic() - started)
    print("\n".join(lines(document)))
    if given.json:
        Path(given.json).write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    return Exit.BREAKAGE if found.package or not found.skipped else Exit.NOTHING


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
