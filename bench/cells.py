"""Which cases each benchmark is made of; a short run takes the first checkpoint, shape and mode of each."""

from dataclasses import replace

from bench.courses import course_of
from bench.instructions import perf_counts
from fixtures.backends import REFERENCE
from fixtures.cases import Case, Checkpoint
from fixtures.checkpoints import ARCHITECTURES, fresh
from fixtures.checkpoints.albert import KB_ALBERT
from fixtures.checkpoints.gpt2 import CHARACTER_GPT2
from fixtures.measures import USUAL
from fixtures.options import Options

GRID = {"all-MiniLM-L6-v2": ("1x64", "8x64"), "kb-albert-char": ("1x64",)}
WRITING = "1x32+32"  # a prompt's rows x tokens, and how many tokens are written
WRITERS = ("causal-lm", "seq2seq-lm")
TEXTS = 1000


def inference_cases(options: Options, check: str = "inference") -> list[Case]:
    """Every shape, backend, mode and dtype; of modes that were not named all at the first shape, and the usual ones after it."""
    measures = options.measures
    found: list[Case] = []
    for checkpoint in _checkpoints(options):
        shapes = measures.grid or GRID.get(checkpoint.name, ("1x64",))
        for shape in shapes[: 1 if options.short else None]:
            usual_only = not measures.modes and (bool(found) or options.short)
            chosen = replace(measures, modes=(USUAL,)) if usual_only else measures
            for backend in options.backends:
                usual = options.case("bench", check, checkpoint, shape, backend, checkpoint.formats[0])
                found += [
                    replace(usual, mode=mode, dtype=dtype)
                    for mode in chosen.modes_of(backend)
                    for dtype in measures.dtypes
                ]
    return found


def memory_cases(options: Options) -> list[Case]:
    """The same as are timed."""
    return inference_cases(options, "memory")


def loading_cases(options: Options) -> list[Case]:
    """A checkpoint's other file format, where it has two: PyTorch's own, which the other frameworks convert."""
    others = [(checkpoint, name) for checkpoint in _checkpoints(options) for name in checkpoint.formats[1:]]
    return [
        options.case("bench", "loading", checkpoint, "1x64", backend, name, options.measures.modes_of(backend)[0])
        for checkpoint, name in ([] if options.short else others)
        for backend in options.backends
        if options.measures.modes_of(backend)
    ]


def decoding_cases(options: Options) -> list[Case]:
    """One that writes: a loud GPT-2, or the user's own checkpoints that can."""
    own = [checkpoint for checkpoint in options.own if checkpoint.head in WRITERS]
    chosen = own if options.own else [CHARACTER_GPT2]
    return [
        options.case("bench", "decoding", checkpoint, WRITING, backend, checkpoint.formats[0])
        for checkpoint in ([] if options.short else chosen)
        for backend in options.backends
    ]


def tokenisation_cases(options: Options) -> list[Case]:
    """The tokenizers beside trained checkpoints, the library's fast and slow ones; no backend has a part in it."""
    if REFERENCE not in options.backends:
        return []
    return [
        options.case("bench", "tokenisation", checkpoint, f"{TEXTS} texts", REFERENCE, checkpoint.formats[0], kind)
        for checkpoint in _checkpoints(options)
        if getattr(checkpoint, "has_tokenizer", False)
        for kind in (("fast",) if options.short else ("fast", "slow"))
    ]


def instructions_cases(options: Options) -> list[Case]:
    """A model so small that its arithmetic is little beside the Python around it, on one token a row.

    Valgrind takes a minute a backend, and so counts for a run that asks for this check by its name.
    """
    if options.own or options.short or not ("instructions" in options.checks or perf_counts()):
        return []
    smallest = next(one for one in ARCHITECTURES["albert"].checkpoints if one.head == "base")
    return [
        options.case("bench", "instructions", smallest, "length-1", backend, smallest.formats[0])
        for backend in options.backends
    ]


def nsmc_cases(options: Options) -> list[Case]:
    """A case a backend, of a run that asks for this check by its name: it takes minutes."""
    if "nsmc" not in options.checks or options.own:
        return []
    begins = fresh.large() if options.measures.full else fresh.small(options.classifier.characters)
    shape = course_of(options).shape
    return [options.case("bench", "nsmc", begins, shape, backend, begins.formats[0]) for backend in options.backends]


def _checkpoints(options: Options) -> tuple[Checkpoint, ...]:
    return (options.own or (options.trained, KB_ALBERT))[: 1 if options.short else None]
