import json

from fixtures.tokenizers.borrowed import BORROWED


def test_the_config_names_another_class_than_the_file_is_made_for(tmp_path, monkeypatch):
    monkeypatch.setenv("CONCORD_CACHE", str(tmp_path))

    for tokenizer in BORROWED:
        folder = tokenizer.directory()
        made, said = (json.loads((folder / f"{name}.json").read_text()) for name in ("tokenizer", "tokenizer_config"))
        assert made["pre_tokenizer"]["pretokenizers"][0]["pattern"] == {"Regex": tokenizer.split}
        assert said["tokenizer_class"] == tokenizer.named
        assert folder == tokenizer.directory()


def test_the_first_tokens_are_its_special_ones(tmp_path, monkeypatch):
    monkeypatch.setenv("CONCORD_CACHE", str(tmp_path))

    for tokenizer in BORROWED:
        made = json.loads((tokenizer.directory() / "tokenizer.json").read_text())
        assert [made["model"]["vocab"][token] for token in tokenizer.special] == list(range(len(tokenizer.special)))
