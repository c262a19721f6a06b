import json

import pytest

from fixtures.tokenizers.borrowed import BORROWED


@pytest.fixture(params=BORROWED, ids=lambda tokenizer: tokenizer.architecture)
def tokenizer(request, tmp_path, monkeypatch):
    monkeypatch.setenv("CONCORD_CACHE", str(tmp_path))
    return request.param


@pytest.fixture
def read(tokenizer):
    return lambda name: json.loads((tokenizer.directory() / f"{name}.json").read_text())


def test_the_config_names_another_class_than_the_file_is_made_for(tokenizer, read):
    assert read("tokenizer")["pre_tokenizer"]["pretokenizers"][0]["pattern"] == {"Regex": tokenizer.split}
    assert read("tokenizer_config")["tokenizer_class"] == tokenizer.named


def test_the_first_tokens_are_its_special_ones(tokenizer, read):
    ids = read("tokenizer")["model"]["vocab"]

    assert [ids[token] for token in tokenizer.special] == list(range(len(tokenizer.special)))
