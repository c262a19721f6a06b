"""How a user's script ended is told from its process alone: no framework is needed to test it."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from compat import usage
from compat.usage import exit_code, main, outcome, read_arguments, record_of
from fixtures.aged import AGED
from fixtures.exits import Exit
from fixtures.records import read
from fixtures.scripts import Place, Script, scripts
from fixtures.stacks import Stack
from fixtures.told import Outcome, replacement
from fixtures.verdicts import Refusal

STACK = Stack("here", "3.11", (), {}, ("torch",))
HEADER = {"name": "here", "python": "3.11", "packages": {"transformers": "4.57.6"}}
ANSWER = "print('{\"ids\": [1, 2]}')\n"


@pytest.fixture
def ended(tmp_path):
    """Run a script of these lines with this interpreter, as if it was the stack's."""

    def run(text, own=False, seconds=60.0, checkpoint=None):
        path = tmp_path / "albert" / "script.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return outcome(Script(path, "albert", own), STACK, Place(Path(sys.executable), seconds=seconds), checkpoint)

    return run


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A package of the library's name, where its packages lie, with this text."""
    folder = tmp_path / "site-packages" / "transformers"
    folder.mkdir(parents=True)
    text = f"import sys\nsys.path.insert(0, {str(folder.parent)!r})\nimport transformers\n"
    return lambda source: ((folder / "__init__.py").write_text(source), text)[1]


def record(name, told, stack="here"):
    return {**record_of(Script(Path(__file__), "albert"), STACK, told, "4.57.6"), "case": name, "stack": stack}


def test_a_script_that_prints_its_answer_works(ended):
    told = ended(ANSWER)

    assert (told.outcome, told.answer, told.text) == (Outcome.WORKS, {"ids": [1, 2]}, "")


def test_a_script_is_given_a_checkpoint_and_an_empty_folder(ended, tmp_path):
    told = ended("import sys, os, json\nprint(json.dumps([sys.argv[1], os.listdir(sys.argv[2])]))", checkpoint=tmp_path)

    assert told.answer == [str(tmp_path), []]


def test_arguments_may_be_imported_by_their_name(ended, tmp_path):
    assert ended("from sys import argv\nprint(len(argv[2:]) + argv.index(argv[1]))", checkpoint=tmp_path).answer == 1


def test_a_script_that_takes_no_argument_is_given_none(ended, tmp_path):
    assert ended("import sys\nprint(len(sys.argv))", checkpoint=tmp_path).answer == 1


def test_a_script_asks_no_network(ended):
    assert ended("import os\nprint(os.environ['HF_HUB_OFFLINE'], end='')").answer == 1


def test_a_deprecation_of_its_own_line_warns(ended):
    told = ended(f"import warnings\nwarnings.warn('old is deprecated', FutureWarning)\n{ANSWER}")

    assert (told.outcome, told.line, told.text) == (Outcome.WARNS, 2, "FutureWarning: old is deprecated")


def test_a_warning_that_announces_nothing_is_none(ended):
    assert ended(f"import warnings\nwarnings.warn('look out')\n{ANSWER}").outcome is Outcome.WORKS


def test_the_librarys_own_deprecation_warns(ended, library):
    first = library("import warnings\nwarnings.warn('gone in v5', FutureWarning)\n")

    assert ended(first + ANSWER).text == "FutureWarning: gone in v5"


def test_what_another_package_says_of_the_librarys_line_is_not_the_users_matter(ended, library):
    first = library("import warnings as told\ndef old():\n    told.warn('x', FutureWarning, stacklevel=2)\nold()\n")

    assert ended(first + ANSWER).outcome is Outcome.WORKS


def test_a_logged_deprecation_warns(ended):
    told = ended(f"import sys\nprint('`device` is deprecated and will be removed', file=sys.stderr)\n{ANSWER}")

    assert (told.outcome, told.line) == (Outcome.WARNS, 0)


def test_what_another_library_logs_is_not_the_users_matter(ended):
    logged = "WARNING:other:From x.py: The name a is deprecated"

    assert ended(f"import sys\nprint({logged!r}, file=sys.stderr)\n{ANSWER}").outcome is Outcome.WORKS


def test_an_error_breaks_at_the_scripts_own_line(ended):
    told = ended("import json\n\n\njson.loads('{')\nprint('{}')\n")

    assert (told.outcome, told.line) == (Outcome.BREAKS, 4)
    assert told.text.startswith("json.decoder.JSONDecodeError: Expecting property name")


def test_the_last_of_chained_errors_is_told(ended):
    told = ended("try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise KeyError('head_mask')\n")

    assert (told.text, told.line) == ("KeyError: 'head_mask'", 4)


def test_an_error_without_a_text_is_told_with_the_one_before(ended):
    told = ended("try:\n    {}['shape']\nexcept KeyError:\n    raise AttributeError\n")

    assert told.text == "AttributeError (after KeyError: 'shape')"


def test_an_error_that_ends_in_a_colon_is_told_with_its_cause(ended):
    assert (
        ended("raise RuntimeError('Failed because of:\\nno such name')").text
        == "RuntimeError: Failed because of: no such name"
    )


def test_a_script_that_this_python_cannot_parse_breaks(ended):
    told = ended("x = 1\nprint 'two'\n")

    assert (told.outcome, told.line) == (Outcome.BREAKS, 2)
    assert told.text.startswith("SyntaxError")


def test_a_process_that_dies_breaks(ended):
    assert ended("import os\nos.kill(os.getpid(), 11)").text == "the process died of SIGSEGV"


def test_an_exit_with_a_text_breaks_with_it(ended):
    assert ended("import sys\nsys.exit('no such model')").text == "exit code 1: no such model"


def test_a_script_that_does_not_end_is_killed(ended):
    told = ended("import time\ntime.sleep(60)", seconds=1.0)

    assert (told.outcome, told.text) == (Outcome.BREAKS, "no end after 1 s; the process was killed")


def test_an_answer_that_is_no_json_breaks(ended):
    told = ended("print('{ids: 1}')")

    assert (told.outcome, told.text) == (Outcome.BREAKS, "the last line of its output is not JSON")


def test_a_users_own_script_need_not_answer(ended):
    assert ended("print('done')", own=True).outcome is Outcome.WORKS


def test_a_number_that_is_not_finite_can_be_recorded(ended):
    assert ended("print('{\"loss\": NaN}')").answer == {"loss": "NaN"}


def test_folders_are_told_by_what_they_are(ended, tmp_path):
    told = ended("import sys\nraise OSError(sys.argv[1] + ' and ' + sys.argv[2])", checkpoint=tmp_path / "model")

    assert told.text == "OSError: CHECKPOINT and SCRATCH"


@pytest.mark.parametrize(
    ("imported", "needs"),
    [
        ("import torch", ("torch",)),
        ("import tensorflow as tf", ("tensorflow",)),
        ("from transformers import AutoModel, TFTrainer", ("tensorflow",)),
        ("from flax.training.train_state import TrainState", ("flax",)),
        ("from transformers import FlaxBertModel\nimport optax", ("flax",)),
        ("from transformers import pipeline", ()),
        ("try:\n    import tensorflow\nexcept ImportError:\n    pass\nimport torch", ("torch",)),
        ("def main():\n    import jax", ()),
    ],
)
def test_what_a_script_needs_is_in_its_imports(tmp_path, imported, needs):
    (tmp_path / "script.py").write_text(imported)

    assert Script(tmp_path / "script.py", "").needs == needs


def test_a_framework_that_the_stack_lacks_is_not_offered(ended):
    told = ended("import tensorflow\n")

    assert (told.outcome, told.text) == (Outcome.NOT_OFFERED, "here has no tensorflow")


def test_scripts_are_found_by_the_checkpoint_that_they_are_given():
    assert {script.folder for script in scripts()} == set(AGED)


def test_no_script_imports_this_project():
    assert not [script.name for script in scripts() if "fixtures" in "".join(script.lines)]


def endings(ended, *texts):
    return [record("a.py", ended(text), f"stack{at}") for at, text in enumerate(texts)]


def test_a_script_that_breaks_on_one_stack_and_works_on_another_is_a_breakage(ended):
    one, other = endings(ended, ANSWER, "raise TypeError('x')")

    assert exit_code([one, {**other, "expected": "breaks"}]) is Exit.BREAKAGE


def test_a_break_that_nobody_explained_is_a_breakage(ended):
    assert exit_code(endings(ended, "raise TypeError('something new')")) is Exit.BREAKAGE


def test_all_that_works_is_as_expected(ended):
    assert exit_code(endings(ended, ANSWER)) is Exit.EXPECTED


def test_what_no_stack_offers_ran_nowhere(ended):
    assert exit_code(endings(ended, "import jax")) is Exit.NOTHING


def test_an_unknown_stack_is_a_usage_error(capsys):
    assert main(["tr999"]) is Exit.USAGE
    assert "unknown stack 'tr999'" in capsys.readouterr().err


def test_a_script_that_is_not_there_is_refused():
    with pytest.raises(Refusal, match=r"nowhere\.py: no such file"):
        read_arguments(["--usage", "nowhere.py"])


@pytest.fixture
def command(tmp_path, monkeypatch):
    """The command on a stack that is this interpreter, with a script of these lines as the user's own."""
    monkeypatch.setattr(usage, "find_stack", lambda name: STACK)
    monkeypatch.setattr(usage, "build", lambda stack: Path(sys.executable))
    monkeypatch.setattr(usage, "made_on", lambda stack, suite: {"suite": suite, "stack": HEADER})

    def run(text, *more, stacks=("here",)):
        (tmp_path / "mine.py").write_text(text)
        return main([*stacks, "--usage", str(tmp_path / "mine.py"), "--results", str(tmp_path), *more])

    return run


def test_a_users_own_script_is_given_the_users_own_checkpoint(command, tmp_path):
    assert command("import sys\nprint(f'\"{sys.argv[1]}\"')", "--checkpoint", str(tmp_path)) is Exit.EXPECTED

    case = read(tmp_path / "records" / "here-usage-part.jsonl").cases[0]
    assert (case["case"], case["verdict"], case["answer"]) == ("mine.py", "works", str(tmp_path))


def test_it_is_said_that_an_answer_which_is_no_json_was_not_compared(command, capsys):
    assert command("print('POSITIVE 0.98')") is Exit.EXPECTED
    assert "NOT COMPARED mine.py: it ran, and what it answers was not compared" in capsys.readouterr().out


def test_a_script_of_concord_s_by_its_path_is_no_users_own():
    known = next(script for script in scripts() if script.folder == "gpt2")

    assert read_arguments(["--usage", str(known.path)]).scripts == (known,)


def test_a_users_own_script_that_breaks_is_a_breakage(command, capsys):
    assert command("x = 1\nx.encode_plus\n") is Exit.BREAKAGE
    assert "BREAKS mine.py on here: line 2, x.encode_plus" in capsys.readouterr().out


def test_a_stack_that_cannot_be_built_is_said_and_nothing_ran(command, monkeypatch, capsys):
    def refuse(stack):
        raise Refusal("uv venv failed")

    monkeypatch.setattr(usage, "build", refuse)

    assert command("print(1)") is Exit.NOTHING
    assert "here is left out: uv venv failed" in capsys.readouterr().err


def test_one_stack_that_can_not_be_built_beside_one_that_works_is_no_success(command, monkeypatch):
    monkeypatch.setattr(usage, "find_stack", lambda name: replace(STACK, name=name))
    built = usage.build

    def refuse(stack):
        if stack.name == "there":
            raise Refusal("uv venv failed")
        return built(stack)

    monkeypatch.setattr(usage, "build", refuse)

    assert command("print(1)", stacks=("here", "there")) is Exit.NOTHING


def test_two_scripts_of_one_name_are_refused(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "infer.py").write_text("print(1)")

    with pytest.raises(Refusal, match=r"two scripts are called infer\.py"):
        read_arguments([part for folder in "ab" for part in ("--usage", str(tmp_path / folder / "infer.py"))])


def test_a_users_own_script_whose_framework_a_stack_has_no_longer_is_a_breakage(ended):
    works = record("mine.py", ended(ANSWER), "old")
    lost = {**works, "verdict": "not-offered", "stack": "new"}

    assert exit_code([works, lost], ["mine.py"]) is Exit.BREAKAGE
    assert exit_code([works, lost]) is Exit.EXPECTED
    assert exit_code([lost, works], ["mine.py"]) is Exit.EXPECTED  # it had not yet what the script imports
    assert exit_code([{**lost, "case": "other.py"}, works], ["mine.py", "other.py"]) is Exit.NOTHING


def test_a_users_own_script_that_works_and_answers_otherwise_is_a_breakage(command, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(usage, "find_stack", lambda name: replace(STACK, name=name))
    headers = {"here": HEADER, "there": {**HEADER, "name": "there", "packages": {"transformers": "5.0.0"}}}
    monkeypatch.setattr(usage, "made_on", lambda stack, suite: {"suite": suite, "stack": headers[stack.name]})
    counting = "import pathlib\nfile = pathlib.Path(__file__).with_name('n')\n"
    counting += "file.write_text(file.read_text() + 'x' if file.exists() else 'x')\nprint(len(file.read_text()))\n"

    assert command(counting, stacks=("here", "there")) is Exit.BREAKAGE
    assert "OTHER ANSWER mine.py on there than on here: the answer was 1 and is 2" in capsys.readouterr().out


GONE = "TypeError: TrainingArguments.__init__() got an unexpected keyword argument 'evaluation_strategy'"


def test_what_replaced_it_is_told_with_its_release():
    assert replacement(GONE, "4.57.6").since == "4.41"


def test_another_release_loses_a_name_for_another_reason():
    assert replacement(GONE, "3.1.0").told.endswith("had not come yet")
    assert replacement(GONE, "4.0.0") is None
