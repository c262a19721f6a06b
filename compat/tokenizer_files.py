"""Tokenizer files that one stack writes and the other reads: the same encodings, with the tokens that a user added."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compat.changes import EXCHANGE, TOKENIZER, WAYS, Change, Kind, advice
from compat.exact import assert_identical, compare_entries
from compat.roots import in_general
from fixtures.backends import REFERENCE
from fixtures.encoders import Entries
from fixtures.lab import Lab
from fixtures.text.topics import LOADED, encode
from fixtures.verdicts import CaseFailed
from fixtures.worker import Worker

SAVED = "save_pretrained"
CONFIG = "config.json"
# Whether an added special token is in these depends on who added it, a call or a file; that it is special, its flags tell.
LISTED = ("special_tokens", "special_ids")
# What a user adds to a tokenizer of their own, under names that it has not.
ADDED = ({"content": "<concord-plain>", "special": False}, {"content": "<concord-special>", "special": True})
REQUESTS = [request for topic in LOADED.values() for request in topic]
REQUESTS.append(encode(["".join(f"a{token['content']}b {token['content']} c" for token in ADDED)]))


@dataclass(frozen=True)
class Read:
    """What a stack made of a tokenizer's files: the entries, or why there are none."""

    entries: Entries = ()
    failure: CaseFailed | None = None


class TokenizerFiles:
    """Has each stack read the tokenizer that the other wrote; ``compared`` counts the values that were held against each other.

    ``sides`` is what cases call the old and the new stack. ``uncompared`` says of what the old stack can't save why it can't.
    """

    def __init__(self, lab: Lab, sides: tuple[str, str]):
        self.workers = {sides[0]: lab.worker("reference"), sides[1]: lab.worker(REFERENCE, sides[1])}
        self.old, self.new = sides
        self.ways = dict(zip(sides, WAYS, strict=True))
        self.compared = 0
        self.uncompared: dict[str, str] = {}

    def changes(self, architecture: str, how: str, spec: Mapping[str, Any], added: Any) -> Iterator[Change]:
        """A change for each way in which one stack doesn't make of the other's file what it makes of the tokenizer itself.

        ``spec`` is what a worker's ``encodings`` takes; ``added`` the tokens that are added before it is written. What a stack
        makes of its own file as well is not told, of the new one where the old one does so too.
        """
        about = {"architecture": architecture, "head": TOKENIZER, "backend": ""}
        own = {**spec, "added": added}
        with tempfile.TemporaryDirectory(prefix="concord-tokenizers-") as place:
            # The library takes a tokenizer's family from the folder's name where no file tells.
            folders = {side: Path(place) / str(at) / architecture for at, side in enumerate(self.workers)}
            failed = {side: self._write(self.workers[side], own, folder) for side, folder in folders.items()}
            if failed[self.new] and not failed[self.old]:
                text = f"{failed[self.new].verdict}: {failed[self.new].reason}"
                do = advice(Kind.LOUD, failed[self.new].verdict)
                yield Change(Kind.LOUD, TOKENIZER, case=f"{how}: {SAVED}", old="works", new=text, do=do, **about)
            if error := failed[self.old]:
                said = f"{self.old} can't save it: {error.verdict}: {error.reason}"
                self.uncompared[f"{architecture}/{TOKENIZER}, {how}: files of the old stack"] = said
            for writer, reader in ((self.old, self.new), (self.new, self.old)):
                if not failed[writer]:
                    written = {**spec, "directory": str(folders[writer])}
                    error = self._misread(self.workers[reader], own, written, f"{architecture} tokenizer, {how}")
                    again = {**spec, "directory": str(folders[reader])}
                    alike = error and not failed[reader] and _alike(self.workers[reader], written, again)
                    if alike and reader == self.new:
                        alike = self._misreads(self.workers[self.old], own, written)
                    if error and not alike:
                        yield self._change(how, writer, reader, error, about)

    def _write(self, worker: Worker, own: Mapping[str, Any], folder: Path) -> CaseFailed | None:
        folder.mkdir(parents=True)
        if (config := Path(own["directory"], CONFIG)).exists():  # old releases find the class by it
            shutil.copy(config, folder / CONFIG)
        try:
            worker.ask("save_tokenizer", tokenizer=own, directory=str(folder))
        except CaseFailed as error:
            return error
        return None

    def _misread(
        self, reader: Worker, own: Mapping[str, Any], written: Mapping[str, Any], title: str
    ) -> CaseFailed | None:
        """What is wrong with what the reader makes of the file; what it can't do with the tokenizer itself is not."""
        expected = _read(reader, own)
        if expected.failure:
            return None  # the tokenizer's own topics tell
        self.compared += sum(len(entry["values"]) for entry in expected.entries)
        answer = _read(reader, written)
        return answer.failure or _difference(answer.entries, expected.entries, title)

    def _misreads(self, reader: Worker, own: Mapping[str, Any], written: Mapping[str, Any]) -> bool:
        """Whether the reader makes something else of the file, or nothing of the tokenizer itself."""
        return _read(reader, own).failure is not None or self._misread(reader, own, written, "") is not None

    def _change(self, how: str, writer: str, reader: str, error: CaseFailed, about: Mapping[str, str]) -> Change:
        return Change(
            Kind.FORMAT,
            EXCHANGE,
            case=f"{how}: {self.ways[writer]}",
            old="read as it was written",
            new=f"{error.verdict}: {error.reason}",
            do=f"save with {reader} what {reader} is to read",
            first=str(error.verdict),
            **about,
        )


def _read(worker: Worker, tokenizer: Mapping[str, Any]) -> Read:
    try:
        entries = worker.ask("encodings", tokenizer=tokenizer, requests=REQUESTS).value["entries"]
        return Read([{**entry, "values": _settled(entry["values"])} for entry in entries])
    except CaseFailed as error:
        return Read(failure=error)


def _difference(answer: Entries, expected: Entries, title: str) -> CaseFailed | None:
    try:
        assert_identical(compare_entries(answer, expected, title), title)
    except CaseFailed as error:
        return CaseFailed(error.verdict, error.reason.removeprefix(f"{title}: "))
    return None


def _settled(values: Mapping[str, Any]) -> dict[str, Any]:
    """An entry's values without those that say where a token was added, and not what is made of it."""
    return {name: value for name, value in values.items() if name not in LISTED}


def _alike(reader: Worker, written: Mapping[str, Any], again: Mapping[str, Any]) -> bool:
    """Whether the reader makes of its own file what it makes of the other's."""
    one, other = _read(reader, written), _read(reader, again)
    if one.failure or other.failure:
        return bool(one.failure and other.failure) and in_general(one.failure.reason) == in_general(
            other.failure.reason
        )
    return _difference(one.entries, other.entries, "") is None
