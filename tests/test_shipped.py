"""The ALBERT of characters that comes with Concord is small, trained, and read alike by its author's tokenizer and by Concord."""

import numpy as np
import pytest

from fixtures.checkpoints.named import SHIPPED, film_reviews
from fixtures.finetuning import ASKED
from fixtures.text import characters, topics
from fixtures.text.sentences import FINANCE, REVIEWS
from fixtures.tokenizers.character import USERS
from fixtures.verdicts import CaseFailed

TEXTS = [text for text, _ in REVIEWS]


@pytest.fixture
def spec():
    asked = {"device": "cpu", "dtype": "float32", "attention": ""}
    return {"directory": str(SHIPPED), "head": film_reviews().head, **asked}


def test_it_is_less_than_four_megabytes():
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 4e6


def test_its_vocabulary_begins_with_the_special_tokens_and_has_an_embedding_each():
    known = film_reviews().characters

    assert tuple(known)[: len(characters.SPECIAL)] == characters.SPECIAL
    assert list(known.values()) == list(range(film_reviews().config["vocab_size"]))


OURS = "\n".join(characters.SPECIAL)


@pytest.mark.parametrize(
    ("told", "vocabulary"),
    [
        ('{"tokenizer_class": "BertTokenizer"}', OURS),
        ('{"tokenizer_class": "CharacterTokenizer"}', "[UNK]\n[PAD]\n[CLS]\n[SEP]\n[MASK]"),
        ("[]", OURS),
        ("{", OURS),
    ],
)
def test_a_vocabulary_of_another_tokenizer_is_not_taken_for_one_of_characters(tmp_path, told, vocabulary):
    (tmp_path / "vocab.txt").write_text(vocabulary)
    (tmp_path / "tokenizer_config.json").write_text(told)

    assert characters.read_vocabulary(tmp_path) is None


def test_the_tokenizer_that_its_author_wrote_reads_as_concord_does(reference_worker):
    texts = [*TEXTS, *FINANCE]
    tokenizer = {"directory": str(SHIPPED), "class": USERS, "fast": False}
    encoded = characters.encode(texts, 128, film_reviews().characters)

    requests = [topics.encode(texts, truncation=True)]
    entries = reference_worker.ask("encodings", tokenizer=tokenizer, requests=requests).value["entries"]

    assert [entry["values"]["input_ids"] for entry in entries] == [
        ids[mask == 1].tolist() for ids, mask in zip(encoded["input_ids"], encoded["attention_mask"], strict=True)
    ]


def test_it_tells_good_reviews_from_bad_ones(reference_worker, spec):
    encoded = characters.encode(TEXTS, 64, film_reviews().characters)

    logits = reference_worker.ask("forward", encoded, spec=spec).arrays["logits"]

    assert int((logits.argmax(axis=-1) == np.array([label for _, label in REVIEWS])).sum()) >= 13


def test_what_was_not_begun_is_not_carried_on(reference_worker):
    with pytest.raises(CaseFailed, match="no training was begun in this process"):
        reference_worker.ask("predict", characters.encode(TEXTS, 16), rows=ASKED)
