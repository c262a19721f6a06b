from dataclasses import replace
from types import SimpleNamespace

import pytest
from packaging.version import Version

from compat import bisect
from compat.changes import Change, Kind, place_of
from compat.pair import Upgrade
from compat.upgrade_table import title
from fixtures.releases import between
from fixtures.stacks import CannotInstall, Stack
from fixtures.verdicts import Refusal
from tests import pretended

RELEASES = [Version(f"4.{minor}.0") for minor in range(1, 31)]
KNOWN = Change(Kind.SILENT, "outputs", "albert", "qa", "torch", "full", "pass 1", "mismatch: logits")


class Pretended(bisect.Bisection):
    """A search in which release ``first`` and all after it are bad.

    ``broken`` can't be installed, and nothing can be told of ``otherwise``.
    """

    def __init__(self, monkeypatch, first, broken=(), otherwise=()):
        monkeypatch.setattr(bisect, "releases", lambda package, python, early: RELEASES)
        monkeypatch.setattr(bisect, "packages", lambda stack: {"transformers": stack.name, "torch": "2.0"})
        upgrade = SimpleNamespace(old=stack("4.1.0"), new=stack("4.30.0"), remembered=None)
        super().__init__(None, upgrade, None, KNOWN, lambda text: None)
        self.first, self.broken, self.otherwise, self.asked = Version(first), broken, otherwise, []

    def _change_in(self, package, version):
        self.asked.append(version)
        if version in self.broken:
            raise CannotInstall("no wheel")
        if version in self.otherwise:
            raise bisect.CannotJudge("load-error there")
        self.found.built.append(version)
        return KNOWN if Version(version) >= self.first else None


def stack(name):
    return Stack(name, "3.11", (f"transformers=={name}",))


@pytest.mark.parametrize("first", ["4.2.0", "4.9.0", "4.17.0", "4.29.0", "4.30.0"])
def test_the_first_bad_release_is_named(monkeypatch, first):
    found = Pretended(monkeypatch, first).run()

    assert (found.package, found.first_bad) == ("transformers", first)
    assert Version(found.last_good).minor == Version(first).minor - 1


def test_thirty_releases_take_six_stacks_at_most(monkeypatch):
    search = Pretended(monkeypatch, "4.13.0")

    search.run()

    assert len(search.asked) <= 6


def test_a_release_that_cannot_be_installed_is_left_out_and_told(monkeypatch):
    found = Pretended(monkeypatch, "4.17.0", broken=("4.16.0", "4.15.0")).run()

    assert (found.last_good, found.first_bad) == ("4.14.0", "4.17.0")
    assert len(found.skipped) == 2
    assert "transformers 4.17.0 did it, or one that was left out" in "\n".join(
        bisect.lines(bisect.as_json(found, stack("a"), stack("b"), 1.0))
    )


def test_a_release_that_fails_in_another_way_is_left_out_and_told(monkeypatch):
    found = Pretended(monkeypatch, "4.17.0", otherwise=("4.16.0", "4.17.0")).run()

    assert (found.last_good, found.first_bad) == ("4.15.0", "4.18.0")
    assert found.skipped == ["transformers 4.16.0: load-error there", "transformers 4.17.0: load-error there"]
    assert not found.exact


def test_a_package_that_one_of_the_two_lacks_was_not_tried_and_is_named(monkeypatch):
    search = Pretended(monkeypatch, "4.17.0")
    search.versions = [{"keras": "3.15.1", "tf_keras": "2.21.0", "wheel": "1"}, {"keras": "3.12.0", "rich": "1"}]

    assert search._suspects() == ["keras"]
    assert search.found.untried == ["tf-keras, which one of the two lacks"]


def test_a_package_for_processors_alone_is_the_same_package(monkeypatch):
    search = Pretended(monkeypatch, "4.17.0")
    search.versions = [
        {"tensorflow-cpu": "2.19.0", "tf_keras": "2.19.0"},
        {"tensorflow": "2.20.0", "tf-keras": "2.20.0"},
    ]

    assert search._suspects() == ["tensorflow", "tf-keras"]


@pytest.mark.parametrize("how", ["broken", "otherwise"])
def test_no_release_is_named_where_the_package_itself_could_not_be_tried(monkeypatch, how):
    found = Pretended(monkeypatch, "4.17.0", **{how: ("4.30.0",)}).run()

    told = "\n".join(bisect.lines(bisect.as_json(found, stack("a"), stack("b"), 1.0)))
    assert found.package == ""
    assert "no release is named" in told
    assert "left out: transformers 4.30.0" in told


def test_packages_that_came_with_a_release_are_told(monkeypatch):
    search = Pretended(monkeypatch, "4.17.0")
    search.found.companions = {"transformers 4.17.0": ["numpy 1.0 → 2.0"], "keras 4.17.0": ["numpy 1.0 → 1.1"]}

    told = "\n".join(bisect.lines(bisect.as_json(search.run(), stack("a"), stack("b"), 1.0)))

    assert "with it came numpy 1.0 → 2.0, which may have a part in it" in told
    assert "numpy 1.0 → 1.1" not in told


def test_a_change_that_no_package_makes_alone_is_told_so(monkeypatch):
    found = Pretended(monkeypatch, "5.0.0").run()

    assert "no package did it alone" in "\n".join(bisect.lines(bisect.as_json(found, stack("a"), stack("b"), 1.0)))


def test_packages_that_nobody_tried_are_told_where_no_release_is_named(monkeypatch):
    search = Pretended(monkeypatch, "4.17.0")
    search.versions = [{"h5py": "3.1"}, {"h5py": "3.2"}]

    told = "\n".join(bisect.lines(bisect.as_json(search.run(), stack("a"), stack("b"), 1.0)))

    assert "no package that is tried differs" in told
    assert "differ, and were not tried: h5py" in told


def test_releases_that_only_the_newer_python_can_have_are_tried_too(monkeypatch):
    search = Pretended(monkeypatch, "4.20.0")
    monkeypatch.setattr(
        bisect, "releases", lambda package, python, early: RELEASES if python == "3.11" else RELEASES[:8]
    )
    search.good = Stack("4.1.0", "3.8", ("transformers==4.1.0",))

    found = search.run()

    assert (found.last_good, found.first_bad, found.exact) == ("4.19.0", "4.20.0", True)


def test_the_releases_between_are_listed(monkeypatch):
    said = []
    search = Pretended(monkeypatch, "4.17.0")
    search.say = said.append

    found = search.run()

    assert found.releases == [str(release) for release in RELEASES[1:-1]]
    assert "4.2.0, 4.3.0, " in said[0]


def test_a_case_is_found_by_what_an_upgrade_calls_it_and_by_its_id(monkeypatch):
    pretended.built(monkeypatch)
    upgrade = pretended.prepared("--architectures", "albert", "--backend", "torch")
    monkeypatch.setattr(
        Upgrade, "compared_cases", lambda upgrade, lab, cases: [replace(KNOWN, of=one) for one in cases]
    )
    case = next(each for each in upgrade.cases if each.check == "weights")

    for name in (title(place_of(case)), f"weights-{case.id}"):
        assert bisect.known_change(upgrade, None, name).of is case


def test_a_change_that_is_no_case_s_is_found_by_what_an_upgrade_calls_it(monkeypatch):
    pretended.built(monkeypatch)
    upgrade = pretended.prepared("--architectures", "albert", "--backend", "torch")
    upgrade.changes = [KNOWN, Change(Kind.SILENT, "defaults", "albert", "qa", "", "config.eps", "1", "2")]
    monkeypatch.setattr(Upgrade, "run", lambda *given, **options: upgrade.changes)

    assert bisect.known_change(upgrade, None, "albert/qa: defaults, config.eps") is upgrade.changes[1]
    with pytest.raises(Refusal, match="nothing that changed is called so"):
        bisect.known_change(upgrade, None, "albert/qa: defaults, config.other")


def test_a_fix_is_searched_for_from_good_to_bad():
    assert between(RELEASES, Version("4.5.0"), Version("4.2.0")) == [Version("4.4.0"), Version("4.3.0")]
