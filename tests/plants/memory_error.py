def out_of_memory(model, mode):
    raise MemoryError("the device has no more")


backend.calling = out_of_memory
