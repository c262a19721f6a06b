"""The arms of a comparison as processes: each of its own stack, proven to have imported that, and held to the same work."""

from collections.abc import Mapping
from typing import Any

from packaging.utils import canonicalize_name

from bench.agreement import answers_agree
from bench.comparison import DifferentWork, Told, nothing
from bench.paired import CONTROL, PASSIVE, Job
from bench.speed import Word
from bench.workloads import inference
from fixtures.answers import Reference
from fixtures.backends import distributions
from fixtures.checkpoints.trained import TrainedCheckpoint
from fixtures.lab import Lab
from fixtures.options import Options
from fixtures.overlays import LIBRARY
from fixtures.stacks import Stack, packages
from fixtures.text.sentences import FINANCE, REVIEWS
from fixtures.verdicts import CaseFailed, Refusal, Verdict
from fixtures.worker import Reply, Worker

SHAPE = "1x64"  # rows and tokens of a trained checkpoint's batch; a loud one has its own inputs
TEXTS = (*FINANCE, *(review for review, _ in REVIEWS)) * 20
BESIDES = (LIBRARY, "tokenizers", "numpy")  # what every backend stands on


class Arms:
    """Starts the processes of a comparison of the lab's own stack and ``new``.

    ``plants`` maps a backend to source that the processes of the new arm run first.
    """

    def __init__(self, lab: Lab, new: Stack, judge: Any, plants: Mapping[str, str] | None = None):
        self.lab = lab
        self.stacks = {"old": lab.stack, "again": lab.stack, "new": new, CONTROL: lab.stack}
        self.reference = Reference(lab)
        self.judge = judge
        self.plants = plants or {}
        self.proofs: dict[str, dict[str, Any]] = {}

    def start(self, job: Job, arm: str) -> Worker:
        """A new process of the arm's stack, or the control's; raises `CaseFailed`, and `Refusal` for one of another release."""
        stack, threads = self.stacks[arm], self.lab.settings.threads
        if job.backend not in (*stack.backends, CONTROL):
            raise CaseFailed(Verdict.REMOVED, f"{stack.name} has no {job.backend}")
        backend = CONTROL if arm == CONTROL else job.backend
        planted = self.plants.get(backend, "") if arm == "new" else ""
        worker = self.lab.launch(backend, threads, pinned=threads == 1, plant=planted, more=PASSIVE, stack=stack)
        try:
            if backend != CONTROL:
                self.proofs[f"{arm} {backend}"] = self._proof(worker, stack, backend)
            return worker
        except BaseException:
            worker.close()
            raise

    def same_work(self, job: Job, arm: str, reply: Reply) -> None:
        """Raise `DifferentWork` unless the arm's answer is within the budget of the old stack's float64."""
        title = f"{job.checkpoint} on {job.backend}, {arm}"
        try:
            answers_agree(self.judge, self.reference, job.spec, job.arrays, reply.arrays, title)
        except CaseFailed as error:
            raise DifferentWork(error.reason) from None

    def _proof(self, worker: Worker, stack: Stack, backend: str) -> dict[str, Any]:
        """Which versions the process imported, and from where; raises `Refusal` when they are not its stack's."""
        wanted = {canonicalize_name(name) for name in (*BESIDES, *distributions(backend))}
        installed = {
            name: version
            for name, version in packages(stack).items()
            if canonicalize_name(name).removesuffix("-cpu") in wanted
        }
        worker.start()
        found = worker.ask("proof", names=sorted(installed)).value["imported"]
        for name, told in found.items():
            if told["version"] != installed[name] or str(stack.folder) not in told["path"]:
                what = f"{name} {told['version']} from {told['path']}"
                raise Refusal(f"{stack.name} should have {name} {installed[name]} and imported {what}")
        if LIBRARY not in found:
            raise Refusal(f"{stack.name} imported no {LIBRARY}")
        return found


def jobs(options: Options, lab: Lab) -> tuple[list[Job], list[Told]]:
    """The user's own checkpoints, those that were asked for by name, or the trained one, on every backend; and the unreadable."""
    found, unreadable = [], []
    for checkpoint in options.checkpoints if options.narrowed or options.own else [options.trained]:
        trained = isinstance(checkpoint, TrainedCheckpoint)
        name = checkpoint.name if trained else f"{checkpoint.architecture}/{checkpoint.head}"
        for backend in options.backends:
            inputs = SHAPE if trained else checkpoint.inputs_names[0]
            case = options.case("bench", "inference", checkpoint, inputs, backend, options.usual(checkpoint))
            try:
                directory = lab.directory(case)
                arrays = inference(checkpoint, SHAPE, lab.builder, options.nsmc).arrays if trained else lab.inputs(case)
            except CaseFailed as error:
                why = f"{error.verdict}: {error.reason}"
                unreadable.append(nothing(backend, name, Word.NOT_COMPARABLE, why))
                continue
            has = trained and checkpoint.has_tokenizer and backend == options.backends[0]
            tokenizer = {"tokenizer": str(directory), "texts": TEXTS} if has else {}
            found.append(Job(backend, name, case.spec(directory), arrays, **tokenizer))
    return found, unreadable
