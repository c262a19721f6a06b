# A backend whose models take the library's default for one field, whatever the config says.
import transformers

usual = transformers.BertConfig.__init__


def made(self, *arguments, **fields):
    usual(self, *arguments, **{**fields, "layer_norm_eps": 1e-12})


transformers.BertConfig.__init__ = made
