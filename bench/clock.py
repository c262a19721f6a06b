"""The worker's clock, for pytest-benchmark: what it times is what the worker timed, and never the transport.

A worker times its own calls. `replay` plays the seconds of each back one after the other, while `now` shows the clock
that pytest-benchmark reads through its ``timer`` option.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_seconds = 0.0


def now() -> float:
    """Seconds that workers have measured so far."""
    return _seconds


def replay(durations: Sequence[float]) -> Callable[[], None]:
    """A function to benchmark: its n-th call lasts ``durations[n]`` seconds by the clock above."""
    left = iter(durations)

    def call() -> None:
        global _seconds
        _seconds += next(left)

    return call


def keep(benchmark: Any, durations: Sequence[float], launches: Sequence[Mapping[str, Any]]) -> None:
    """Give pytest-benchmark every duration (s) as a round, and what else each launch measured as its extra information.

    What came before the rounds, such as the call that compiles, is there and not in the rounds' statistics.
    """
    told = [{name: value for name, value in launch.items() if not isinstance(value, list)} for launch in launches]
    benchmark.extra_info["launches"] = told
    benchmark.pedantic(replay(durations), rounds=len(durations))
