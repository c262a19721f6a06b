"""The fields of configurations, to be held against each other."""

from collections.abc import Iterator, Mapping
from typing import Any

from compat.exact import Entry

# What the library writes about the file, not about the model.
BOOKKEEPING = (
    "transformers_version",  # the release that wrote it
    "_name_or_path",  # where it was loaded from
    "_from_model_config",  # whether the library derived it from the model's configuration
    "_commit_hash",  # the revision on the hub
    "_attn_implementation_autoset",  # whether the library chose the attention by itself
)


def entries(said: Mapping[str, Mapping[str, Any] | None], of: str) -> list[Entry]:
    """An entry for each configuration there is, ``config`` and ``generation``, with its fields as `flat` has them."""
    return [{"of": f"{name} {of}", "values": flat(fields)} for name, fields in said.items() if fields is not None]


def flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Every field but the bookkeeping, by its path: a configuration inside another is ``outer.inner``."""
    return {path: value for path, value in _paths(fields) if path.rpartition(".")[2] not in BOOKKEEPING}


def read_alike(read: Mapping[str, Mapping | None], written: Mapping[str, Mapping | None]) -> list[Entry]:
    """Of what is ``read`` from files the fields that they name, with the rest of them, the defaults, left out."""
    every = {entry["of"]: entry["values"] for entry in entries(written, "read")}
    return [
        {**entry, "values": {path: value for path, value in entry["values"].items() if path in every[entry["of"]]}}
        for entry in entries(read, "read")
    ]


def _paths(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, Mapping) and value:
            yield from ((f"{name}.{inner}", found) for inner, found in _paths(value))
        else:
            yield str(name), value
