"""What two stacks' tokenizers make of the same files and texts, to the last offset and decoded character."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from compat import accounts
from compat.changes import TOKENIZER, Change, Kind, advice
from compat.judging import NO_ANSWER
from compat.tokenizer_files import ADDED, SAVED, TokenizerFiles
from fixtures.backends import REFERENCE
from fixtures.cases import called
from fixtures.checkpoints import ARCHITECTURES
from fixtures.checkpoints.trained import TrainedCheckpoint
from fixtures.encoders import Entries, with_ids
from fixtures.lab import Lab
from fixtures.once import Once
from fixtures.options import Options
from fixtures.text.topics import PLACES, TOPICS, Request
from fixtures.tokenizers.borrowed import BORROWED
from fixtures.tokenizers.cases import CHARACTERS, TOKENIZERS, auto, requests_of, ways
from fixtures.tokenizers.character import TOPICS as OF_CHARACTERS
from fixtures.tokenizers.checkpoint import as_named
from fixtures.verdicts import CaseFailed, Verdict
from fixtures.worker import Reply, Worker


@dataclass(frozen=True)
class Loading:
    """One way to load one tokenizer: ``spec`` is what a worker's ``encodings`` takes."""

    architecture: str
    how: str
    spec: Mapping[str, Any]
    fast: bool
    topics: Mapping[str, Sequence[Request]]
    added: Sequence[Mapping[str, Any]] = ()  # by its user, before it is saved; the loud ones have theirs


class Encodings:
    """Compares the tokenizers of a run; ``compared`` counts the values that both stacks gave.

    ``uncompared`` says of those that the old stack can't use why it can't. ``old`` is what the old stack answered, for whoever
    shares it.
    """

    def __init__(self, lab: Lab, sides: tuple[str, str], old: Once):
        self.lab = lab
        self.sides = sides
        self.old = old
        self.compared = 0
        self.uncompared: dict[str, str] = {}
        self._saved: set[tuple[str, bool]] = set()
        self._told: set[str] = set()  # architectures, and names of own checkpoints, of which there were values

    def missing(self, options: Options) -> dict[str, str]:
        """Tokenizers of what was named of which nothing could be compared: name to reason."""
        asked = [one.name for one in options.own] or [name for name in options.named if name in ARCHITECTURES]
        lost = [name for name in asked if name not in self._told]
        return {f"{name}/{TOKENIZER}": self._why(name) for name in lost}

    def _why(self, name: str) -> str:
        return next(
            (why for lost, why in self.uncompared.items() if lost.startswith(f"{name}/")), "it has no tokenizer here"
        )

    def changes(self, options: Options) -> Iterator[Change]:
        """Every change of every tokenizer that the run is about."""
        bare = [one for one in options.own if not getattr(one, "has_tokenizer", False)]
        self.uncompared |= {
            f"{one.name}/{TOKENIZER}": "no tokenizer that the library finds lies beside the weights" for one in bare
        }
        for loading in loadings(options, self.lab):
            lost: dict[str, str] = {}
            unnamed: dict[str, str] = {}
            yield from self._names(loading, unnamed)
            for topic, requests in loading.topics.items():
                change = self._topic(loading, topic, requests, lost)
                yield from change
                if change and change[0].kind is Kind.LOUD and topic == next(iter(loading.topics)):
                    break  # it can't be loaded
            else:
                if len(lost) < len(loading.topics):
                    self.uncompared |= unnamed
                    yield from self._files(loading)
            self.uncompared.update(_told(loading, lost))

    def _files(self, loading: Loading) -> Iterator[Change]:
        """What changed in files that go from one stack to the other; once for a tokenizer, and once for its slow class."""
        key = (loading.architecture, loading.fast)
        if key not in self._saved:
            self._saved.add(key)
            files = TokenizerFiles(self.lab, self.sides)
            yield from files.changes(loading.architecture, loading.how, loading.spec, as_named(loading.added))
            self.compared += files.compared
            self.uncompared |= files.uncompared

    def _topic(self, loading: Loading, topic: str, requests: Sequence[Request], lost: dict[str, str]) -> list[Change]:
        about = {"architecture": loading.architecture, "head": TOKENIZER, "backend": ""}
        case = f"{loading.how}: {topic}"
        try:
            asked, before = self._before(loading, topic, requests)
            after = self._submit(self.sides[1], loading, asked)
            old = before.result().value["entries"]
        except CaseFailed as error:  # what never worked has not changed
            lost[topic] = f"{self.sides[0]} gives no answer: {error.verdict}: {error.reason}"
            return []
        self.compared += sum(len(entry["values"]) for entry in old)
        self._told.add(loading.architecture)
        try:
            new = after.result().value["entries"]
        except CaseFailed as error:
            kind = Kind.LOUD if error.verdict in NO_ANSWER else Kind.SILENT
            text = f"{error.verdict}: {error.reason}"
            return [Change(kind, TOKENIZER, case=case, old="works", new=text, do=advice(kind, error.verdict), **about)]
        title = f"{loading.architecture} tokenizer, {case}"
        return list(accounts.compare_encodings(old, new, about, case, title))

    def _before(
        self, loading: Loading, topic: str, requests: Sequence[Request]
    ) -> tuple[Sequence[Request], Future[Reply]]:
        """The requests with the ids that the old stack makes, and its answer to them."""
        return self.old((TOKENIZER, loading.architecture, loading.how, topic), lambda: self._first(loading, requests))

    def _first(self, loading: Loading, requests: Sequence[Request]) -> tuple[Sequence[Request], Future[Reply]]:
        asked = [with_ids(request, lambda encode: self._ids(loading, encode)) for request in requests]
        return asked, self._submit(self.sides[0], loading, asked)

    def _names(self, loading: Loading, lost: dict[str, str]) -> Iterator[Change]:
        key = (TOKENIZER, loading.architecture, loading.how)
        asked = self.old(key, lambda: self._account(self.sides[0], loading))
        about = {"architecture": loading.architecture, "head": TOKENIZER, "backend": ""}
        after = self._account(self.sides[1], loading)
        try:
            before = asked.result().value
        except CaseFailed as error:
            name = f"{loading.architecture}/{TOKENIZER}, {loading.how}: names and files"
            lost[name] = f"{self.sides[0]} gives no account: {error.verdict}: {error.reason}"
            return
        try:
            said = [before, after.result().value]
        except CaseFailed as error:
            if error.verdict is Verdict.LOAD_ERROR:
                return  # its first topic says so
            new = f"{error.verdict}: {error.reason}"
            do = advice(Kind.LOUD, error.verdict)
            yield Change(Kind.LOUD, TOKENIZER, case=f"{loading.how}: {SAVED}", old="works", new=new, do=do, **about)
            return
        yield from accounts.gone_names(said[0]["names"], said[1]["names"], about)
        yield from accounts.other_arguments(said[0]["names"], said[1]["names"], about)
        yield from accounts.files(said[0]["written"], said[1]["written"], about)
        yield from accounts.announced(said[0]["announced"], said[1]["announced"], about)

    def _worker(self, side: str) -> Worker:
        return self.lab.worker("reference") if side == self.sides[0] else self.lab.worker(REFERENCE, side)

    def _ids(self, loading: Loading, request: Request) -> Entries:
        return self._submit(self.sides[0], loading, [request]).result().value["entries"]

    def _account(self, side: str, loading: Loading) -> Future[Reply]:
        return self._worker(side).submit("account_of_tokenizer", tokenizer=dict(loading.spec))

    def _submit(self, side: str, loading: Loading, requests: Sequence[Request]) -> Future[Reply]:
        return self._worker(side).submit("encodings", tokenizer=dict(loading.spec), requests=list(requests))


def loadings(options: Options, lab: Lab) -> Iterator[Loading]:
    """Every tokenizer of the run by every way to load it; of own checkpoints those that carry one."""
    for checkpoint in options.own:
        if isinstance(checkpoint, TrainedCheckpoint) and checkpoint.has_tokenizer:
            for fast in (True, False):
                spec = auto(checkpoint.path, fast, checkpoint.trusted)
                yield Loading(checkpoint.name, f"use_fast={fast}", spec, fast, _topics(fast), ADDED)
    for checkpoint in () if options.own else (*TOKENIZERS, CHARACTERS):
        if checkpoint.architecture not in options.architectures:
            continue
        for way in dict.fromkeys(way for way, _ in ways(checkpoint, True, options.short)):
            spec = {"directory": str(checkpoint.directory(lab.builder, way.files)), **way.spec(checkpoint)}
            of = (
                {name: requests_of(name) for name in OF_CHARACTERS}
                if checkpoint is CHARACTERS
                else _topics(spec["fast"])
            )
            yield Loading(checkpoint.architecture, f"{way.loader} from {way.files}", spec, spec["fast"], of)
    for borrowed in () if options.own else BORROWED:
        if borrowed.architecture in options.architectures:
            name = called(borrowed.architecture, borrowed.name)
            yield Loading(name, "auto", auto(borrowed.directory()), True, _topics(True))


def _told(loading: Loading, lost: Mapping[str, str]) -> dict[str, str]:
    """What was not compared, by its topic, or all of them as one where they have one reason."""
    name = f"{loading.architecture}/{TOKENIZER}, {loading.how}"
    if len(lost) == len(loading.topics) and len(set(lost.values())) == 1:
        return {name: next(iter(lost.values()))}
    return {f"{name}: {topic}": why for topic, why in lost.items()}


def _topics(fast: bool) -> dict[str, Sequence[Request]]:
    """What is asked; ``facts`` come last, for what a tokenizer does tells more than what it says of itself."""
    topics = {**TOPICS, **(PLACES if fast else {})}
    facts = topics.pop("facts")
    return {**topics, "facts": facts}
