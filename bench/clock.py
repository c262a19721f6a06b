"""The worker's clock, for pytest-benchmark: what it times is what the worker timed, and never the transport.

A worker times its own calls. `replay` plays the seconds of each back one after the other, while `now` shows the clock
that pytest-benchmark reads through its ``timer`` option.
"""

from collections.abc import Callable, Sequence

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
