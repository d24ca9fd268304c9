"""`python -m tito`: runs the program `tito` that is installed beside this package, and tells it which Python runs it: workspaces use that one."""

import os
import subprocess
import sys

from tito import program


def main() -> int:
    """Runs the program; its exit code. On Windows this process waits for it, elsewhere it becomes it."""
    command = [program(), *sys.argv[1:]]
    environment = {**os.environ, "TITO_RUN_BY": sys.executable}
    if sys.platform != "win32":
        os.execve(command[0], command, environment)
    running = subprocess.Popen(command, env=environment)
    while True:
        try:
            return running.wait()
        except KeyboardInterrupt:
            # The program gets it too, and ends in its own way.
            continue


if __name__ == "__main__":
    sys.exit(main())
