import json

import transformers

from fixtures.backends import texts

load_tokenizer, encode, covered = texts.load_tokenizer, texts.encode, texts.covered


def rewritten(tokenizer, change):
    state = json.loads(tokenizer.backend_tokenizer.to_str())
    change(state)
    tokenizer._tokenizer = type(tokenizer.backend_tokenizer).from_str(json.dumps(state))
    return tokenizer


def without_one_merge(state):
    del state["model"]["merges"][40]


def without_one_added_token(state):
    state["added_tokens"] = [token for token in state["added_tokens"] if token["content"] != "<plain>"]


def with_one_unlikely_piece(state):
    max(state["model"]["vocab"], key=lambda piece: len(piece[0]) if piece[0].isalpha() else 0)[1] -= 20.0


FAULTS = {
    "GPT2TokenizerFast": without_one_merge,
    "DistilBertTokenizerFast": without_one_added_token,
    "XLMRobertaTokenizerFast": with_one_unlikely_piece,
}


def faulty(spec):
    tokenizer = load_tokenizer(spec)
    change = FAULTS.get(type(tokenizer).__name__)
    return rewritten(tokenizer, change) if change else tokenizer


def one_token_short(tokenizer, request):
    if isinstance(tokenizer, transformers.BertTokenizerFast) and request["options"].get("truncation"):
        options = dict(request["options"], max_length=request["options"]["max_length"] - 1)
        request = dict(request, options=options)
    return encode(tokenizer, request)


class Shifted:
    """A tokenizer whose offsets are those of the token before."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer

    def __getattr__(self, name):
        return getattr(self.tokenizer, name)

    def __call__(self, *texts, **options):
        encoded = self.tokenizer(*texts, **options)
        encoded["offset_mapping"] = [(0, 0), *encoded["offset_mapping"][:-1]]
        return encoded


def covered_with_late_offsets(tokenizer, request):
    late = isinstance(tokenizer, transformers.RobertaTokenizerFast)
    return covered(Shifted(tokenizer) if late else tokenizer, request)


texts.load_tokenizer = faulty
texts.DO["covered"] = covered_with_late_offsets
texts.DO["encode"] = one_token_short
