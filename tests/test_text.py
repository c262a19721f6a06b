import numpy as np
import pytest

from fixtures.inputs.batch import derive
from fixtures.text import characters, nsmc
from fixtures.verdicts import Refusal

ROWS = 'id\tdocument\tlabel\n1\t최고 "영화"\t1\n2\t\t0\n3\t별로\t0\n'


def test_characters_as_kb_albert_char_splits_them():
    found = characters.tokens("KB-ALBERT의 음절단위")

    assert found == ["K", "##B", "##-", "##A", "##L", "##B", "##E", "##R", "##T", "##의", "음", "##절", "##단", "##위"]


def test_every_syllable_has_an_id_of_its_own():
    ids = characters.encode(["가나 힣 A"], 8)["input_ids"][0]

    assert len(set(ids)) == 7
    assert characters.SPECIAL.index("[UNK]") not in ids


def test_long_text_keeps_its_end_mark():
    ids = characters.encode(["가" * 50], 10)["input_ids"][0]

    assert (len(ids), ids[-1]) == (10, characters.SPECIAL.index("[SEP]"))


def test_nsmc_rows_with_quotes_and_empty_reviews(tmp_path):
    (tmp_path / "ratings_test.txt").write_text(ROWS, encoding="utf-8")

    reviews = nsmc.read_reviews("test", 2, str(tmp_path))

    assert reviews.texts == ('최고 "영화"', "별로")
    assert reviews.labels == (1, 0)


def test_a_folder_without_nsmc_is_refused(tmp_path):
    with pytest.raises(Refusal, match="give the folder that holds NSMC"):
        nsmc.read_reviews("test", 2, str(tmp_path))


def test_without_files_or_network_the_sample_says_so(monkeypatch):
    monkeypatch.setattr(nsmc, "_find", lambda part, folder: None)

    assert nsmc.read_reviews("train", 20).source == "Concord's own sample"


FULL = {
    "input_ids": np.arange(1, 13).reshape(2, 6),
    "attention_mask": np.array([[1] * 6, [1, 1, 1, 1, 0, 0]]),
    "position_ids": np.tile(np.arange(6), (2, 1)),
}


def test_left_padding_moves_tokens_and_mask_together():
    left = derive(FULL, "left-padded", pad=99, longest=8)

    assert left["input_ids"][1].tolist() == [99, 99, 99, 99, 99, 10]
    assert left["attention_mask"][1].tolist() == [0, 0, 0, 0, 0, 1]


def test_one_optional_input_is_left_out():
    assert set(derive(FULL, "no-position_ids", 0, 8)) == {"input_ids", "attention_mask"}


def test_the_longest_inputs_are_as_long_as_the_model_takes():
    assert derive(FULL, "length-max", 0, 20)["input_ids"].shape == (1, 20)


def test_choices_are_an_axis_of_their_own():
    six = {name: np.tile(value, (3, 1)) for name, value in FULL.items()}

    assert derive(six, "full", 0, 8, choices=3)["input_ids"].shape == (2, 3, 6)
