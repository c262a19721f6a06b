import transformers

make = transformers.BertConfig.__init__


def without_task(config, **fields):
    make(config, **fields)
    del config.finetuning_task


transformers.BertConfig.__init__ = without_task
