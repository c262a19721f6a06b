"""Which cases a check is made of."""

from dataclasses import replace

from fixtures.backends import REFERENCE
from fixtures.cases import Case, Checkpoint
from fixtures.checkpoints import HEADS
from fixtures.checks import CHECKS, modes_of
from fixtures.interop import readers, tokenizer_writers, writers
from fixtures.offered import Uncovered, covered, read_offered, uncovered
from fixtures.options import Options
from fixtures.pipelines import PIPELINES, REQUESTS
from fixtures.stacks import Stack
from fixtures.tokenizers.cases import CHARACTERS, TOKENIZERS, files_of, ways

MAIN = ("albert", "bert")
# What these are about lies in the body, so that one head of an architecture stands for the others.
OF_BODIES = ("dtype", "compiled", "roundtrip", "handover", "config", "mask", "step", "curve")
ALONE = ("one-by-one", "batched", "three-best", "simple")  # a pipeline's requests of an own checkpoint
PROMPT = "prompt"  # the inputs of a model that writes
SHORT_INPUTS = ("full", "minimal", "left-padded")


def cases(options: Options, check: str) -> list[Case]:
    """Every case of a check."""
    others = {
        "coverage": uncovered_cases,
        "tokenizer": tokenizer_cases,
        "pipeline": pipeline_cases,
        "interop": interop_cases,
        "interop_tokenizer": interop_tokenizer_cases,
    }
    return others.get(check, declared)(options, check)


def declared(options: Options, check: str) -> list[Case]:
    """Every cell of the check, in the order in which workers can keep a loaded model."""
    return [
        options.case("compat", check, checkpoint, inputs, backend, format, mode)
        for checkpoint in (options.variants if check == "variants" else options.checkpoints)
        for format in checkpoint.formats
        for inputs in CHECKS[check].inputs or checkpoint.inputs_names
        if wanted(options, check, checkpoint, format, inputs)
        for backend in options.backends
        for mode in modes_of(check, backend, checkpoint.architecture in MAIN and not options.short)
    ]


def interop_cases(options: Options, check: str) -> list[Case]:
    """Every pair of writer and reader among the stacks that ``--interop`` names, for the checkpoints that stand for a body."""
    everybody = _everybody(options)
    shown = [
        each
        for each in options.checkpoints
        if each.shown and (options.own or each.architecture in options.architectures)
    ]
    return [
        replace(options.case("compat", check, checkpoint, "plain", backend, "bin", writer.mode), stack=stack)
        for checkpoint in (shown if options.others else ())
        for writer in writers(everybody)
        for stack, backend in readers(writer, everybody)
    ]


def interop_tokenizer_cases(options: Options, check: str) -> list[Case]:
    """The same for tokenizers, which the reference's workers write and read; heads and own checkpoints have none."""
    if options.own or options.heads != HEADS:
        return []
    everybody = _everybody(options)
    shown = [each for each in TOKENIZERS if each.architecture in options.architectures]
    return [
        replace(
            options.case("compat", check, checkpoint, "none", REFERENCE, files_of(checkpoint), writer.mode), stack=stack
        )
        for checkpoint in (shown if options.others else ())
        for writer in tokenizer_writers(everybody, checkpoint)
        for stack, _ in readers(writer, everybody)
    ]


def _everybody(options: Options) -> tuple[Stack, ...]:
    return (options.stack, *(stack for stack in options.others if stack.name != options.stack.name))


def uncovered_cases(options: Options, check: str) -> list[Case]:
    """A case for each head that a backend offers and that has no checkpoint; a narrowed run asks for none.

    Raises `Refusal` when the stack, which is asked what it offers, can't be built.
    """
    if options.partial:
        return []
    return [
        options.case("compat", check, Uncovered(architecture, head), "none", backend, "none")
        for backend, architecture, head in uncovered(read_offered(options.stack), REFERENCE, covered())
    ]


def tokenizer_cases(options: Options, check: str) -> list[Case]:
    """Every way to load each tokenizer with its topics, and its tensors on every backend; heads and own checkpoints have none."""
    if options.own or options.heads != HEADS:
        return []
    return [
        options.case("compat", check, checkpoint, f"{way.loader}:{topic}", backend, way.files)
        for checkpoint in (*TOKENIZERS, CHARACTERS)
        if checkpoint.architecture in options.architectures
        for backend in options.backends
        for way, topic in ways(checkpoint, backend == REFERENCE, options.short)
    ]


def pipeline_cases(options: Options, check: str) -> list[Case]:
    """Every pipeline's requests on every backend; own checkpoints have none."""
    wanted = () if options.own else PIPELINES
    shown = [each for each in wanted if each.architecture in options.architectures and each.head in options.heads]
    return [
        options.case("compat", check, checkpoint, name, backend, options.usual(checkpoint))
        for checkpoint in shown
        for name in REQUESTS[checkpoint.head]
        if not options.short or name == "list"
        for backend in options.backends
    ]


def own_pipeline_cases(options: Options, check: str) -> list[Case]:
    """The requests that stand for the others, of one's own checkpoints that have a tokenizer and a head with a pipeline."""
    return [
        options.case("compat", check, checkpoint, name, backend, options.usual(checkpoint))
        for checkpoint in options.own
        if checkpoint.head in REQUESTS and getattr(checkpoint, "has_tokenizer", False)
        for name in REQUESTS[checkpoint.head]
        if name in ALONE
        for backend in options.backends
    ]


def first_of(options: Options, checkpoint: Checkpoint, backend: str = REFERENCE) -> Case:
    """The case of ``outputs`` that stands for a checkpoint; of a variant it asks nothing about the model that it varies."""
    return options.case("compat", "outputs", checkpoint, checkpoint.inputs_names[0], backend, options.usual(checkpoint))


def prompt_of(options: Options, checkpoint: Checkpoint, backend: str = REFERENCE) -> Case | None:
    """The case whose inputs a checkpoint's model goes on from; None where it doesn't write."""
    if PROMPT not in checkpoint.more_inputs:
        return None
    return options.case("compat", "generation", checkpoint, PROMPT, backend, options.usual(checkpoint), "greedy")


def wanted(options: Options, check: str, checkpoint: Checkpoint, format: str, inputs: str) -> bool:
    """A file format changes the loading alone, so one kind of inputs is enough for it but on the main architectures."""
    if check == "variants":
        return True
    if check == "outputs":
        if options.short:
            return inputs in SHORT_INPUTS
        return inputs == "full" or format == options.usual(checkpoint) or checkpoint.architecture in MAIN
    if inputs not in (*checkpoint.inputs_names, *checkpoint.more_inputs) or (
        check == "rows" and not checkpoint.rows_apart
    ):
        return False
    stands = checkpoint.learns if "labelled" in CHECKS[check].inputs else checkpoint.shown
    if (check in OF_BODIES or options.short) and not stands:
        return False
    return format == options.usual(checkpoint) or check == "weights"
