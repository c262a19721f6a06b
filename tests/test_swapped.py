from pathlib import Path

import pytest

from fixtures import stacks, swapped
from fixtures.stacks import CannotInstall, Stack

OLD = Stack("tr457", "3.11", ("transformers==4.57.6", "tokenizers==0.22.1", "torch==2.13.0"), backends=("torch",))


RESOLVED = ["transformers==4.57.6", "tokenizers==0.22.1", "torch==2.13.0", "numpy==2.0.2", "regex==2024.1"]


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The old stack's resolution, without an index."""
    monkeypatch.setattr(swapped, "resolved", lambda stack: RESOLVED)


def refusing(*names):
    """A `build` that can't install these stacks."""
    tried = []

    def build(stack):
        tried.append(stack.name)
        if stack.name in names:
            raise CannotInstall(f"{stack.name} can't be installed")

    return build, tried


def test_what_both_stacks_have_in_other_versions_has_changed(monkeypatch):
    installed = {"old": {"transformers": "4.57.6", "tf_keras": "2.21", "torch": "2.13.0"}}
    installed["new"] = {"transformers": "5.0.0", "tf-keras": "2.21", "torch": "2.13.0", "httpx": "1.0"}
    monkeypatch.setattr(swapped, "packages", installed.get)

    assert swapped.changed_packages("old", "new") == {"transformers": "5.0.0"}


def test_one_package_takes_the_place_of_its_other_release(monkeypatch):
    monkeypatch.setattr(swapped, "build", refusing()[0])

    made = swapped.with_release(OLD, "tokenizers", "0.21.0", ("torch",))

    assert made.requirements == ("transformers==4.57.6", "tokenizers==0.21.0", "torch==2.13.0")
    assert made.held == (("numpy==2.0.2", "regex==2024.1"), ("numpy==2.0.2",))


def test_a_release_of_keras_comes_to_lie_beside_tf_keras_as_it_did(monkeypatch):
    monkeypatch.setattr(swapped, "build", refusing()[0])
    old = Stack("tr457", "3.11", ("tensorflow==2.21.0", "tf-keras==2.21.0"), {"X": "1"}, ("tensorflow",))

    made = swapped.with_release(old, "keras", "3.12.0", ("tensorflow",))

    assert made.requirements == ("tensorflow==2.21.0", "tf-keras==2.21.0", "keras==3.12.0")


def test_what_no_requirement_names_stays_as_it_was_unless_the_release_asks_for_another(monkeypatch):
    asked = []

    def uv(stack, *arguments, given):
        held = [Path(arguments[-1]).read_text().split()]
        asked.extend(held)
        if "regex==2024.1" in held[0]:
            raise CannotInstall("regex is too old")
        return given

    monkeypatch.setattr(stacks, "uv", uv)
    monkeypatch.setattr(swapped, "build", lambda stack: stacks._resolve(stack))

    swapped.with_release(OLD, "tokenizers", "0.21.0", ("torch",))

    assert asked == [["numpy==2.0.2", "regex==2024.1"], ["numpy==2.0.2"]]


def test_what_came_along_is_told(monkeypatch):
    installed = {"old": {"transformers": "4.56.0", "numpy": "2.0.2", "torch": "2.13.0", "httpx": "0.27"}}
    installed["new"] = {"transformers": "4.57.0", "numpy": "2.4.6", "torch": "2.13.0", "httpx": "0.28"}
    monkeypatch.setattr(swapped, "packages", installed.get)

    assert swapped.moved("old", "new", "transformers") == ["numpy 2.0.2 → 2.4.6"]


def test_the_library_brings_its_companions_where_the_old_ones_do_not_fit(monkeypatch):
    build, tried = refusing("tr457 with transformers==4.40.2")
    monkeypatch.setattr(swapped, "build", build)

    made = swapped.with_release(OLD, "transformers", "4.40.2", ("torch",))

    assert made.name == "transformers==4.40.2"
    assert tried == ["tr457 with transformers==4.40.2", "transformers==4.40.2"]


def test_another_package_that_does_not_fit_is_said(monkeypatch):
    monkeypatch.setattr(swapped, "build", refusing("tr457 with numpy==9")[0])

    with pytest.raises(CannotInstall, match="numpy==9"):
        swapped.with_release(OLD, "numpy", "9", ("torch",))
