"""Answers that are asked for once, whoever wants them: some a process gives the first time alone, and others take long."""

from collections.abc import Callable
from threading import Lock
from typing import Any


class Once:
    """Remembers by key what was asked; several threads may share it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Any] = {}
        self._asking = Lock()

    def __call__(self, key: tuple[str, ...], ask: Callable[[], Any]) -> Any:
        """What ``ask`` gave when this key was first asked for."""
        with self._asking:
            if key not in self._known:
                self._known[key] = ask()
            return self._known[key]
