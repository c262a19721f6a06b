"""Fine-tuning on film reviews from nothing: seconds, and what the model then makes of reviews that it never saw."""

import pytest

from bench.agreement import first_steps_agree
from bench.clock import now, replay
from bench.courses import Expected
from bench.following import assert_followed, follow, noted
from fixtures.finetuning import score, train


@pytest.fixture(scope="session")
def expected(lab, options):
    return Expected(lab, options)


@pytest.mark.benchmark(timer=now, group="nsmc")
def test_nsmc(case, expected, judge, fresh, spec, benchmark, note, record_workload):
    lessons, started = expected.lessons(case), fresh.start()
    record_workload(lessons)

    trained = train(fresh, spec, lessons)
    scored = score(fresh, expected.asked, lessons.course.tokens, lessons.known)

    note(phases={"import": started["import"], **trained.phases}, losses=trained.losses.tolist(), score=noted(scored))
    note(first_steps_agree(judge, *expected.first(case, spec), trained, case))
    following = follow(trained, scored, expected.whole(case, spec))
    note(following=noted(following))
    assert_followed(following, case.title)
    benchmark.pedantic(replay(trained.phases["wall"][1:]), rounds=len(trained.losses) - 1)
