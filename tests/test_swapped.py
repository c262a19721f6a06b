import pytest

from fixtures import swapped
from fixtures.stacks import CannotInstall, Stack

OLD = Stack("tr457", "3.11", ("transformers==4.57.6", "tokenizers==0.22.1", "torch==2.13.0"), backends=("torch",))


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
