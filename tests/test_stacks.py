"""Stacks on the fly, what is remembered of them, and what is left when one can't be installed; no network is asked."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from fixtures import prune, stacks
from fixtures.stacks import CannotInstall, CannotReach, Stack, build, find_stack, packages, resolved
from fixtures.stacks import uv as UV
from fixtures.verdicts import Refusal

DECLARED = """
[stack:new]
python = 3.11
deps = transformers==5.2.0 torch==2.13.0
backends = torch

[stack:tr457]
python = 3.11
deps = transformers==4.57.6 torch==2.13.0 tensorflow-cpu==2.21.* tf-keras==2.21.* jax==0.10.* flax==0.12.*
set_env = TF_USE_LEGACY_KERAS=1
backends = torch tensorflow flax

[stack:old]
python = 3.9
deps = transformers==4.26.1 torch==1.13.1 jax==0.4.13 jaxlib==0.4.13 flax==0.6.11 numpy<1.24
backends = torch flax
"""


class Uv:
    """uv as far as it is asked here: it pins what it is given, and makes an environment of one file."""

    def __init__(self):
        self.calls = []
        self.fails_at = ""
        self.cannot = ""
        self.takes = 0.0

    def __call__(self, stack, *arguments, given=""):
        command = " ".join(arguments[:2])
        self.calls.append(command.split(" -")[0].split()[-1])
        time.sleep(self.takes)
        if self.calls[-1] == self.fails_at or (self.cannot and self.cannot in given):
            raise CannotInstall(f"{stack.name} can't be installed: no such luck")
        return getattr(self, self.calls[-1])(arguments, given)

    def compile(self, arguments, given):
        return "".join(f"{line.split('<')[0].split('==')[0]}==1.0\n" for line in given.splitlines())

    def venv(self, arguments, given):
        Path(arguments[-1]).mkdir()
        (Path(arguments[-1]) / "python").write_bytes(b"12345")

    def sync(self, arguments, given):
        self.installed = [line.split("==") for line in given.splitlines()]

    def list(self, arguments, given):
        return json.dumps([{"name": name, "version": version} for name, version in self.installed])


@pytest.fixture(autouse=True)
def uv(monkeypatch, tmp_path):
    (tmp_path / "tox.ini").write_text(DECLARED)
    declared = stacks.read_stacks(tmp_path / "tox.ini")
    monkeypatch.setenv("CONCORD_CACHE", str(tmp_path / "cache"))
    for module in (stacks, prune):
        monkeypatch.setattr(module, "read_stacks", lambda: declared)
    made = Uv()
    monkeypatch.setattr(stacks, "uv", made)
    return made


def line(name):
    return " ".join(find_stack(name).requirements)


def test_a_declared_stack_is_found_as_it_is_declared():
    assert find_stack("old").python == "3.9"
    assert find_stack("tr457").environment == {"TF_USE_LEGACY_KERAS": "1"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("tr999", "unknown stack 'tr999': tox.ini declares new, tr457, old; or ask for releases"),
        ("old,torch", "unknown stack 'torch'"),
        ("tr457,new", "unknown stack 'new'"),
        ("transformers>=4.40,<4.45", "give one release of transformers"),
        ("transformers==4.*", "give one release of transformers"),
        ("old,jax==0.4,jax==0.5", "jax is asked for twice"),
    ],
)
def test_a_name_that_asks_for_no_release_is_refused(name, told):
    with pytest.raises(Refusal, match=told):
        find_stack(name)


@pytest.mark.parametrize(
    ("release", "python"),
    [
        ("5.3.0", "3.11"),
        ("4.57.1", "3.11"),
        ("4.57.0rc1", "3.11"),
        ("4.48.3", "3.9"),
        ("4.26.*", "3.9"),
        ("2.11", "3.9"),
    ],
)
def test_a_release_is_laid_over_the_nearest_stack_that_is_not_newer(release, python):
    found = find_stack(f"transformers=={release}")

    assert found.python == python
    assert found.requirements[0] == f"transformers=={release}"


def test_a_release_without_classes_for_a_backend_drops_it_and_its_packages():
    found = find_stack("tr457,transformers==5.1.0")

    assert found.backends == ("torch",)
    assert found.requirements == ("transformers==5.1.0", "torch==2.13.0")


def test_a_url_is_taken_for_the_newest_release():
    found = find_stack("tr457,transformers@git+https://example.org/t")

    assert found.backends == ("torch",)
    assert found.requirements[0] == "transformers @ git+https://example.org/t"


def test_requirements_take_the_place_of_those_for_the_same_package():
    changed = line("old,Torch==2.0,numpy>=1.22,<1.23,scipy<1.13")

    assert "Torch==2.0" in changed
    assert "torch==1.13.1" not in changed
    assert "numpy<1.23,>=1.22" in changed
    assert changed.endswith("scipy<1.13")


def test_a_package_takes_the_place_of_the_one_built_for_cpus():
    assert "cpu" not in line("tr457,tensorflow==2.18.1")


def test_requirements_without_a_stack_or_a_release_are_laid_over_the_default_stack():
    assert find_stack("numpy==2.1").requirements == (*find_stack("tr457").requirements, "numpy==2.1")


def test_the_name_of_a_file_is_one_that_any_file_system_takes():
    assert find_stack("tr457,jax==0.6.2").file_name == "tr457,jax==0.6.2"
    assert find_stack("numpy>2,<2.3").file_name == "numpy_2,_2.3"


def test_a_package_that_follows_another_is_never_newer():
    assert "jaxlib<=0.4.30" in line("tr457,jax==0.4.30")
    assert "jaxlib==0.4.13" not in line("old,jax==0.4.10")


def test_keras_3_takes_the_place_of_the_keras_that_goes_with_tensorflow():
    found = find_stack("tr457,keras==3.12.*")

    assert "tf-keras" not in " ".join(found.requirements)
    assert "keras==3.12.*" in found.requirements
    assert found.environment == {}


@pytest.mark.parametrize(
    "name", ["tr457,keras==3.12.0,tf-keras==2.21.*", "tr457,keras==2.15.0", "tr457,keras!=3.1", "tr457,jax==0.5.3"]
)
def test_tf_keras_stays_where_it_is_asked_for_or_nothing_takes_its_place(name):
    found = find_stack(name)

    assert "tf-keras==2.21.*" in found.requirements
    assert found.environment == {"TF_USE_LEGACY_KERAS": "1"}


def test_companions_lose_their_versions_only_when_the_stack_cannot_be_had_otherwise(uv):
    found = find_stack("tr457,jax==0.5.3")
    uv.cannot = "flax==0.12"

    assert resolved(found)[-2:] == ["flax==1.0", "jaxlib==1.0"]
    assert uv.calls == ["compile", "compile"]
    assert "tensorflow-cpu==2.21.*" in found.fallback


def test_an_index_that_can_not_be_asked_leads_to_no_other_companions(monkeypatch, uv):
    def unreached(stack, *arguments, given=""):
        raise CannotReach(f"{stack.name} can't be installed: Failed to fetch")

    monkeypatch.setattr(stacks, "uv", unreached)
    found = find_stack("tr457,jax==0.5.3")
    with pytest.raises(CannotReach):
        resolved(found)
    monkeypatch.setattr(stacks, "uv", uv)

    assert "flax==1.0" in resolved(found)
    assert uv.calls == ["compile"]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("error: Failed to fetch: `https://index/simple/jax/`\n  Caused by: operation timed out", CannotReach),
        ("  × No solution found when resolving dependencies:\n  ╰─▶ Because a needs b", CannotInstall),
        ("  × Failed to download and build `a==1.0`\n  ╰─▶ No solution found when resolving b", CannotInstall),
        ("  × No solution found\n hint: an index returned a 403 Forbidden error", CannotReach),
        ("hint: Packages were unavailable because the network was disabled", CannotReach),
    ],
)
def test_what_uv_could_not_fetch_is_told_from_what_there_is_not(monkeypatch, tmp_path, said, kind):
    failing = tmp_path / "failing"
    failing.write_text(f"#!{sys.executable}\nimport sys\nsys.exit({said!r})\n")
    failing.chmod(0o755)
    monkeypatch.setattr(stacks, "find_uv_bin", lambda: str(failing))

    with pytest.raises(CannotInstall) as raised:
        UV(find_stack("old"), "pip")

    assert type(raised.value) is kind


def test_a_folder_that_was_changed_is_another_environment(tmp_path):
    (tmp_path / "mine").mkdir()
    source = tmp_path / "mine" / "module.py"
    source.write_text("one = 1")
    found = find_stack(f"old,transformers@file://{tmp_path}/mine")
    before = found.resolution

    (tmp_path / "mine" / "build").mkdir()  # as whoever builds it leaves behind
    (tmp_path / "mine" / "build" / "module.py").write_text("one = 1")
    (tmp_path / "mine" / ".#module.py").symlink_to("nobody@nowhere")
    stacks._state.cache_clear()
    assert found.resolution == before
    os.utime(source, ns=(1, 1))
    assert found.resolution == before  # while a process has it in hand it stays what it was
    stacks._state.cache_clear()
    assert found.resolution != before


def test_a_wheel_that_was_built_anew_is_another_environment(tmp_path):
    wheel = tmp_path / "transformers-5.24.0.dev0-py3-none-any.whl"
    wheel.write_bytes(b"one")
    found = find_stack(f"old,transformers@file://{wheel}")
    before = found.resolution
    wheel.write_bytes(b"another")
    stacks._state.cache_clear()

    assert found.resolution != before


def test_two_commits_of_one_version_are_two_stacks(monkeypatch):
    lines = {name: [f"transformers @ git+https://example.org/t@{name}", "torch==2.0"] for name in ("a", "b")}
    monkeypatch.setattr(stacks, "packages", lambda stack: {"transformers": "5.24.0.dev0", "torch": "2.0"})
    monkeypatch.setattr(stacks, "resolved", lambda stack: lines[stack.name])
    one, other = (Stack(name, "3.11", ("transformers",)) for name in lines)

    assert stacks.same_versions(one, one)
    assert not stacks.same_versions(one, other)


def test_a_stack_is_resolved_and_built_once(uv):
    build(find_stack("old"))
    asked = list(uv.calls)

    again = build(find_stack("old"))

    assert again.parent.parent.name.startswith("transformers-1.0-")
    assert uv.calls == asked == ["compile", "venv", "sync", "list"]
    assert packages(find_stack("old"))["jax"] == "1.0"


def test_two_names_for_the_same_versions_share_an_environment(uv):
    same = Stack("another", "3.9", ("transformers<5", "torch<2", "jax", "jaxlib", "flax", "numpy"))

    assert same.folder == find_stack("old").folder


@pytest.mark.parametrize("deciding", ["UV_INDEX", "PIP_FIND_LINKS", "UV_EXCLUDE_NEWER"])
def test_another_index_is_another_environment(monkeypatch, deciding):
    monkeypatch.delenv("UV_FIND_LINKS", raising=False)
    before = find_stack("old").folder
    monkeypatch.setenv(deciding, "elsewhere")

    assert find_stack("old").folder != before


@pytest.mark.parametrize("step", ["venv", "sync", "list"])
def test_what_cannot_be_installed_leaves_nothing_behind(uv, step):
    uv.fails_at = step
    with pytest.raises(CannotInstall, match="old can't be installed"):
        build(find_stack("old"))
    assert not find_stack("old").folder.exists()

    uv.fails_at = ""
    assert build(find_stack("old")).parent.parent.is_dir()


def test_what_cannot_be_resolved_is_asked_again_the_next_time(uv):
    uv.fails_at = "compile"
    with pytest.raises(CannotInstall):
        build(find_stack("old"))

    assert not find_stack("old").resolution.exists()


def test_stacks_that_are_built_at_the_same_time_are_built_once(uv):
    uv.takes = 0.05
    begin = Barrier(4)

    def start(_):
        begin.wait()
        return build(find_stack("old"))

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(start, range(4)))) == 1
    assert uv.calls == ["compile", "venv", "sync", "list"]


def test_pruning_keeps_what_is_declared():
    build(find_stack("old"))
    build(find_stack("old,torch==2.0,scipy<1.13"))

    told = list(prune.prune())

    assert len(told) == 2
    assert "bytes freed, 0 more are shared" in told[0]
    assert find_stack("old").folder.exists()
    assert find_stack("old").resolution.exists()
    assert not find_stack("old,torch==2.0,scipy<1.13").resolution.exists()


def test_pruning_everything_counts_what_other_folders_share_apart(tmp_path):
    folder = build(find_stack("old")).parent.parent
    os.link(folder / "python", tmp_path / "shared")

    told = list(prune.prune(everything=True))

    assert "5 more are shared with other folders" in told[0]
    assert not folder.exists()


def test_pruning_leaves_what_is_being_built():
    folder = build(find_stack("old")).parent.parent
    with stacks.FileLock(f"{folder}.lock"):
        told = list(prune.prune(everything=True))

    assert told == [f"{folder.name} is being built, and stays", "0 bytes freed"]
    assert folder.exists()


@pytest.mark.skipif(not Path("/proc").exists(), reason="nothing tells here which processes run")
def test_pruning_leaves_what_is_in_use():
    python = build(find_stack("old"))
    with subprocess.Popen([str(python), "-c", "input()"], executable=sys.executable, stdin=subprocess.PIPE) as running:
        told = list(prune.prune(everything=True))
        running.kill()

    folder = python.parent.parent
    assert told == [f"{folder.name} is in use, and stays", "0 bytes freed"]
    assert folder.exists()
    assert find_stack("old").resolution.exists()
