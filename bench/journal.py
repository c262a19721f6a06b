"""Raw figures, line by line: what was measured is on disk before the next launch begins, whatever becomes of the rest."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Journal:
    """JSON lines in a file that takes its final name with `finish`; until then its name ends in ``.unfinished``."""

    def __init__(self, path: Path, header: Mapping[str, Any]):
        self.path = path
        self.unfinished = path.with_suffix(path.suffix + ".unfinished")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.unfinished.unlink(missing_ok=True)
        self.line({"kind": "header", **header})

    def line(self, value: Mapping[str, Any]) -> None:
        """Append one line."""
        with self.unfinished.open("a", encoding="utf-8") as file:
            file.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")

    def finish(self, **footer: Any) -> None:
        """Append the footer and give the file its name."""
        self.line({"kind": "footer", **footer})
        os.replace(self.unfinished, self.path)
