import sys

SHARED = ("modeling_utils", "modeling_tf_utils", "modeling_flax_utils")
class_of = backend.class_of

# What the library imports when a model is asked for is no part of its own import.
assert not [name for name in SHARED if "transformers." + name in sys.modules]


def checked(spec, *config):
    found = class_of(spec, *config)
    assert not [name for name in sys.modules if "configuration_longformer" in name]
    return found


backend.class_of = checked
