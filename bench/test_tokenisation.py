"""How many texts a tokenizer encodes in a second, for ids that are the same."""

import pytest

from bench.agreement import ids_agree
from bench.clock import keep, now
from bench.workloads import assert_of_kind
from fixtures.text.nsmc import read_reviews
from fixtures.tokenizers.cases import auto

ROUNDS = 8


@pytest.mark.benchmark(timer=now, group="tokenisation")
def test_tokenisation(case, judge, launches, lab, options, benchmark, note):
    reviews = read_reviews("test", int(case.inputs.split()[0]), options.nsmc)
    fast, asked = (auto(lab.directory(case), kind == "fast") for kind in ("fast", case.mode))
    texts = {"texts": list(reviews.texts)}

    timed = launches.ask(case, "time_tokenizer", tokenizer=asked, rounds=ROUNDS, **texts)

    assert_of_kind(case.mode, timed)
    note(ids_agree(judge, lab.worker("reference").ask("time_tokenizer", tokenizer=fast, **texts).arrays, timed, case))
    note(source=reviews.source, launches=[reply.value for reply in timed])
    keep(benchmark, [took["seconds"] for reply in timed for took in reply.value["rounds"]], [])
