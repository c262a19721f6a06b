import itertools
import random
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from bench.ab_table import page
from bench.arms import jobs
from bench.comparison import TURNS, Comparison, DifferentWork, counted, exit_code
from bench.paired import ARMS, CONTROL, Job, orders
from bench.speed import Word
from fixtures.cases import Case
from fixtures.checkpoints import ARCHITECTURES
from fixtures.exits import Exit
from fixtures.verdicts import CaseFailed, Verdict
from fixtures.worker import Reply

JOB = Job("torch", "albert", {}, {})


class Pretended:
    """A worker whose seconds are made up: ``factor`` times what they are of the old arm, with a little noise."""

    def __init__(self, noise, factor=1.0):
        self.noise, self.factor = noise, factor
        self.closed = False

    def seconds(self):
        return 0.01 * self.factor * (1 + 0.004 * self.noise.random())

    def start(self):
        return {"import": {"seconds": self.seconds(), "cpu_seconds": self.seconds()}}

    def ask(self, call, arrays=None, calls=1, **given):
        once = {"seconds": self.seconds(), "cpu_seconds": self.seconds()}
        block = {"wall": [self.seconds()] * calls, "cpu": [self.seconds()] * calls}
        answers = {
            "prepare": {
                "code": {name: value / 2 for name, value in once.items()},
                "load": once,
                "first": once,
                "second": once,
            },
            "proof": {"peak_bytes": 2**28},
            "block": block,
            "time_tokenizer": {"load": once, "encode": once},
        }
        return Reply(answers[call], {"logits": np.ones(2), "ids": np.arange(4)})

    def close(self):
        self.closed = True


class Bench:
    """A comparison of made-up workers; ``factors`` gives an arm's factor by how many of it were started."""

    def __init__(self, same_work=lambda job, arm, reply: None, **factors):
        noise, self.started, self.kept = random.Random(3), [], []
        self.count = Counter()

        def start(job, arm):
            self.count[arm] += 1
            factor = factors.get(arm, lambda nth: 1.0)(self.count[arm])
            self.started.append(Pretended(noise, factor))
            return self.started[-1]

        self.comparison = Comparison(start, same_work, lambda *launch: self.kept.append(launch))
        self.found = self.comparison.run([JOB])
        self.words = {each.row.key[2:]: each.verdict.word for each in self.found}


def test_orders_are_balanced():
    found = Counter(orders(8, random.Random(1)))

    assert sum(found.values()) == 8
    assert set(found) == set(itertools.permutations(ARMS))
    assert set(found.values()) == {1, 2}


def test_the_same_code_is_the_same_in_every_row():
    bench = Bench()

    assert set(bench.words.values()) == {Word.SAME}
    assert ("forward", "cpu") in bench.words
    assert exit_code(bench.found) is Exit.EXPECTED


def test_every_launch_is_new_kept_and_ended():
    bench = Bench()

    assert bench.count == {"old": 8, "new": 8, "again": 8, CONTROL: 8}
    assert all(worker.closed for worker in bench.started)
    assert len({launched.id for _, _, launched in bench.kept}) == 8
    assert len(bench.kept[0][2].figures["new"]["forward"]["wall"]) == TURNS


def test_a_slow_model_has_fewer_turns_and_each_order_of_the_arms_in_them():
    bench = Bench(old=lambda nth: 100.0, new=lambda nth: 100.0, again=lambda nth: 100.0)

    assert len(bench.kept[0][2].figures["new"]["forward"]["wall"]) == 12


def test_a_slower_arm_is_measured_twice_and_called():
    bench = Bench(new=lambda nth: 1.1)

    assert bench.words["forward", "cpu"] is Word.SLOWER
    assert bench.count["new"] == 16
    assert exit_code(bench.found) is Exit.BREAKAGE


def test_what_is_slower_in_the_first_set_alone_is_not_called():
    bench = Bench(new=lambda nth: 1.1 if nth <= 8 else 1.0)

    assert bench.words["forward", "cpu"] is Word.INCONCLUSIVE
    assert exit_code(bench.found) is Exit.NOTHING


def test_an_old_arm_that_differs_from_itself_is_neither_green_nor_red():
    bench = Bench(again=lambda nth: 1.1)

    assert bench.words["forward", "wall"] is Word.CONTAMINATED
    assert exit_code(bench.found) is Exit.NOTHING


def test_a_control_that_is_slower_beside_the_new_arm_contaminates_every_row():
    bench = Bench()
    disturbing = _control_follows(bench)

    words = counted(disturbing)

    assert set(words) == {Word.CONTAMINATED}
    assert "the same work beside each arm" in disturbing[0].verdict.reason


def _control_follows(bench):
    """The same comparison on a machine that is slow whenever it is the new arm's turn."""
    noise, turn = random.Random(5), []

    class Following(Pretended):
        def ask(self, call, *given, **more):
            turn[:] = [self.factor] if call == "block" else turn
            return super().ask(call, *given, **more)

    class Control(Pretended):
        def seconds(self):
            return super().seconds() * (turn[0] if turn else 1.0)

    made = {"new": lambda: Following(noise, 1.2), CONTROL: lambda: Control(noise)}
    bench.comparison.start = lambda job, arm: made.get(arm, lambda: Following(noise, 1.0))()
    return bench.comparison.run([JOB])


def test_different_work_is_not_timed():
    def same_work(job, arm, reply):
        raise DifferentWork("logits differ, ratio 41,200 (budget 4)")

    bench = Bench(same_work)

    assert [each.verdict.word for each in bench.found] == [Word.DIFFERENT_WORK]
    assert exit_code(bench.found) is Exit.NOTHING
    assert bench.count["old"] + bench.count["new"] + bench.count["again"] == 1


def test_what_one_arm_cannot_do_is_not_comparable():
    def factor(nth):
        raise CaseFailed(Verdict.REMOVED, "tr523 has no flax")

    bench = Bench(new=factor)

    assert [each.verdict.word for each in bench.found] == [Word.NOT_COMPARABLE]
    assert bench.found[0].verdict.reason == "removed: tr523 has no flax"


@pytest.fixture
def document():
    bench = Bench(new=lambda nth: 1.1)
    side = {"name": "tr457", "python": "3.11", "packages": {}}
    return {
        **{"old": side, "new": {**side, "name": "tr523"}, "rows": [each.as_json() for each in bench.found]},
        **{"counts": counted(bench.found), "blame": [], "changed": ["transformers 5.23.0"], "seconds": 61.0},
        **{"machine": {"cpu": "a processor", "cores": 2}, "threads": 1, "launches": 8, "started": "2026-11-22"},
    }


def test_the_page_gives_every_row_with_ratio_interval_margin_and_word(document):
    text = page(document)

    assert "# Slower or not: tr457 → tr523" in text
    assert "| torch | albert | forward | cpu | 11" not in text
    assert "| torch | albert | forward | cpu | 10 ms | 1.100 |" in text
    assert "| 3.0% |" in text


def with_tokenizer(answer=None):
    """The rows by phase, where the new arm's tokenizer is given its ``answer``."""

    class Other(Pretended):
        def ask(self, call, arrays=None, **given):
            return answer() if answer and call == "time_tokenizer" else super().ask(call, arrays, **given)

    noise = random.Random(3)
    comparison = Comparison(
        lambda job, arm: (Other if arm == "new" else Pretended)(noise), lambda *reply: None, lambda *launch: None
    )
    job = Job("torch", "albert", {}, {}, tokenizer="somewhere", texts=("a", "b"))
    return {each.row.key[2:]: each.verdict for each in comparison.run([job])}


def test_a_tokenizers_load_and_texts_have_rows():
    found = with_tokenizer()

    assert {found[phase, "cpu"].word for phase in ("tokenizer load", "tokenisation")} == {Word.SAME}
    assert ("tokenizer", "") not in found


def failing():
    raise CaseFailed(Verdict.LOAD_ERROR, "no such file")


@pytest.mark.parametrize(
    ("answer", "word", "reason"),
    [
        (
            lambda: Reply({}, {"logits": np.ones(2), "ids": np.arange(5)}),
            Word.DIFFERENT_WORK,
            "new's tokenizer makes other ids",
        ),
        (failing, Word.NOT_COMPARABLE, "load-error: no such file"),
    ],
)
def test_a_tokenizer_that_does_other_work_has_no_time_and_the_model_keeps_its(answer, word, reason):
    found = with_tokenizer(answer)

    assert found["tokenizer", ""].word is word
    assert reason in found["tokenizer", ""].reason
    assert not {phase for phase, _ in found} & {"tokenizer load", "tokenisation"}
    assert found["forward", "cpu"].word is Word.SAME


def test_files_that_no_stack_can_read_are_not_comparable_and_the_rest_goes_on():
    good, broken = (each for each in ARCHITECTURES["albert"].checkpoints if each.head in ("base", "qa"))

    def directory(case):
        if case.checkpoint is broken:
            raise CaseFailed(Verdict.LOAD_ERROR, "no header")
        return "somewhere"

    options = SimpleNamespace(
        checkpoints=[broken, good],
        narrowed=True,
        backends=("torch",),
        usual=lambda checkpoint: "bin",
        case=lambda suite, check, *rest: Case(
            suite, check, rest[0], rest[1], rest[2], "old", "cpu", "float32", rest[3]
        ),
    )
    readable, unreadable = jobs(options, SimpleNamespace(directory=directory, inputs=lambda case: {}))

    assert [job.checkpoint for job in readable] == [f"albert/{good.head}"]
    assert [(each.row.checkpoint, each.verdict.word, each.verdict.reason) for each in unreadable] == [
        (f"albert/{broken.head}", Word.NOT_COMPARABLE, "load-error: no header")
    ]
    assert exit_code([*Bench().found, *unreadable]) is Exit.NOTHING
