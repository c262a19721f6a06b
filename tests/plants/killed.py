import os
import signal


def killed(model, mode):
    os.kill(os.getpid(), signal.SIGKILL)


backend.calling = killed
