"""What tokenizers are made of: vocabularies that are the same wherever they are learned, and sets of files."""

from fixtures.text.characters import encode
from fixtures.text.subwords import byte_letters, byte_level, learn, word_ends, word_pieces
from fixtures.text.topics import encode as asked
from fixtures.tokenizers.cases import CHARACTERS, TOKENIZERS, Way, reference_of, ways

TEXT = "KB-ALBERT의 음절단위"
BY_NAME = {checkpoint.architecture: checkpoint for checkpoint in TOKENIZERS}


def test_the_most_frequent_pair_is_merged_first_and_a_tie_goes_to_the_first_in_order():
    assert learn(["abab", "cd", "ab"], 3) == [("a", "b"), ("ab", "ab"), ("c", "d")]


def test_every_byte_has_a_letter_of_its_own():
    assert len(set(byte_letters())) == 256
    assert byte_letters()[ord(" ")] == "Ġ"


def test_a_byte_level_vocabulary_knows_every_text():
    pieces, merges = byte_level(["금리 금리"], 3)

    assert set(byte_letters()) <= set(pieces)
    assert len(merges) == 3


def test_pieces_that_go_on_a_word_are_marked():
    assert "##리" in word_pieces(["금리"], 1)
    assert word_pieces(["금리"], 1)[-1] == "금리"


def test_pieces_that_end_a_word_are_marked():
    assert word_ends(["ab"], 1)[0][-1] == "ab</w>"


def test_the_expected_characters_are_those_of_the_benchmarks():
    expected = CHARACTERS.expected([asked([TEXT])])[0]["values"]["input_ids"]

    assert expected == encode([TEXT], 64)["input_ids"][0][: len(expected)].tolist()


def test_a_family_has_the_files_that_its_classes_can_make():
    assert BY_NAME["bert"].formats == ("all", "vocabulary", "json", "bare-vocabulary", "bare-json")
    assert BY_NAME["marian"].formats == ("vocabulary", "bare-vocabulary")
    assert BY_NAME["bloom"].formats == ("json", "bare-json")


def test_no_way_is_held_against_itself_but_for_tensors():
    declared = [(one, *cell) for one in TOKENIZERS for cell in ways(one, whole=True, short=False)]

    itself = {topic for one, way, topic in declared if way == reference_of(one, way, topic)}

    assert itself == {"tensors"}


def test_offsets_are_held_against_a_fast_tokenizer():
    assert reference_of(BY_NAME["bert"], Way("fast", "vocabulary"), "offsets") == Way("fast", "json")
