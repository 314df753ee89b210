"""Runs a module as a child that ends with its parent, as `python child.py TAG MODULE ARGUMENT…`.

The tag does nothing: it marks the process, so that a later start finds what a killed one left.
"""

import ctypes
import os
import runpy
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1  # Linux: which signal comes when the parent has ended, however it ended


def main() -> None:
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("The parent has ended.")
    # Whoever would write a title of its own finds it missing: the command line has the tag.
    sys.modules["setproctitle"] = None  # type: ignore[assignment] # it blocks the import
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    module, sys.argv = sys.argv[2], sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
