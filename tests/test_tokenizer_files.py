"""Tokenizer files that one stack writes and the other reads."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from compat.changes import Kind
from compat.tokenizer_files import TokenizerFiles
from fixtures.verdicts import CaseFailed, Verdict
from fixtures.worker import Reply


class Saving:
    """A stack that writes its ``own`` format and reads those that it ``knows``; it drops the tokens that it ``loses``."""

    def __init__(self, own="old", knows=("old",), loses=(), writes=True):
        self.own, self.knows, self.loses, self.writes = own, knows, loses, writes

    def ask(self, call, tokenizer, directory="", requests=()):
        added = tokenizer.get("added", {"plain": [], "special": []})["plain"]
        if call == "save_tokenizer":
            if not self.writes:
                raise CaseFailed(Verdict.RUN_ERROR, "OSError: no")
            Path(directory, "file").write_text(json.dumps([self.own, added]))
            return Reply({}, {})
        written = Path(tokenizer["directory"], "file")
        kind, kept = json.loads(written.read_text()) if written.exists() else (self.knows[0], added)
        if kind not in self.knows:
            raise CaseFailed(Verdict.LOAD_ERROR, f"TypeError: {kind}")
        kept = [token for token in kept if not (written.exists() and token in self.loses)]
        return Reply({"entries": [{"of": "it", "values": {"added": kept}}]}, {})


def changes(tmp_path, old, new):
    files = TokenizerFiles(SimpleNamespace(worker=lambda role, stack="": new if stack else old), ("a", "b"))
    found = list(files.changes("bert", "auto", {"directory": str(tmp_path)}, {"plain": ["<x>"], "special": []}))
    return [(change.kind, change.case, change.new) for change in found], files.compared


def test_two_stacks_that_read_each_other_s_files_have_nothing_told(tmp_path):
    assert changes(tmp_path, Saving(), Saving()) == ([], 2)


def test_a_file_that_the_old_stack_can_not_read_is_told(tmp_path):
    found, _ = changes(tmp_path, Saving(), Saving("new", ("old", "new")))

    assert found == [(Kind.FORMAT, "auto: the new stack writes, the old one reads", "load-error: TypeError: new")]


def test_a_token_that_the_new_stack_loses_from_the_old_one_s_file_alone_is_told(tmp_path):
    class Losing(Saving):
        """Reads the added tokens of its own files alone."""

        def ask(self, call, tokenizer, **asked):
            written = Path(tokenizer["directory"], "file")
            self.loses = ("<x>",) if written.exists() and json.loads(written.read_text())[0] == "old" else ()
            return super().ask(call, tokenizer, **asked)

    found, _ = changes(tmp_path, Saving("old", ("old", "new")), Losing("new", ("old", "new")))

    ((kind, case, new),) = found
    assert (kind, case) == (Kind.FORMAT, "auto: the old stack writes, the new one reads")
    assert new.startswith("mismatch: 'it': added at 0 is at its end, it should be '<x>'")


def test_a_stack_that_finds_a_class_by_the_config_alone_reads_what_the_other_wrote(tmp_path):
    class ByConfig(Saving):
        """Looks for a config beside the tokenizer's files, as releases of 2020 do."""

        def ask(self, call, tokenizer, **asked):
            if not Path(tokenizer["directory"], "config.json").exists():
                raise CaseFailed(Verdict.LOAD_ERROR, f"OSError: no config in {tokenizer['directory']}")
            return super().ask(call, tokenizer, **asked)

    (tmp_path / "config.json").write_text("{}")

    assert changes(tmp_path, ByConfig(), ByConfig()) == ([], 2)


def test_an_error_that_names_a_folder_is_the_same_in_another(tmp_path):
    class Unreading(Saving):
        """Reads nothing that anybody wrote."""

        def ask(self, call, tokenizer, **asked):
            if call == "encodings" and Path(tokenizer["directory"], "file").exists():
                raise CaseFailed(Verdict.LOAD_ERROR, f"OSError: no config in {tokenizer['directory']}")
            return super().ask(call, tokenizer, **asked)

    assert changes(tmp_path, Unreading(), Unreading())[0] == []


def test_what_a_stack_makes_of_its_own_file_as_well_is_not_told(tmp_path):
    found, _ = changes(tmp_path, Saving(loses=("<x>",)), Saving(loses=("<x>",)))

    assert found == []


def test_a_token_that_the_new_stack_loses_from_every_file_and_the_old_one_from_none_is_told(tmp_path):
    found, _ = changes(tmp_path, Saving(), Saving(loses=("<x>",)))

    assert [case for _, case, _ in found] == ["auto: the old stack writes, the new one reads"]


@pytest.mark.parametrize("old_writes", [True, False])
def test_a_tokenizer_with_added_tokens_that_only_the_new_stack_can_not_save_is_loud(tmp_path, old_writes):
    found, _ = changes(tmp_path, Saving(writes=old_writes), Saving(writes=False))

    assert found == [(Kind.LOUD, "auto: save_pretrained", "run-error: OSError: no")] * old_writes


def test_a_tokenizer_that_the_old_stack_can_not_save_is_said_to_be_uncompared(tmp_path):
    old, new = Saving(writes=False), Saving()
    files = TokenizerFiles(SimpleNamespace(worker=lambda role, stack="": new if stack else old), ("a", "b"))

    assert list(files.changes("bert", "auto", {"directory": str(tmp_path)}, {"plain": ["<x>"], "special": []})) == []
    assert files.uncompared == {
        "bert/tokenizer, auto: files of the old stack": "a can't save it: run-error: OSError: no"
    }
