"""The program `tito`, installed by pip: `program()` says where it is, and `python -m tito` runs it."""

import os
import sys
import sysconfig

__all__ = ["program"]


def program() -> str:
    """The path of the program `tito` that was installed with this package.

    Raises FileNotFoundError, with every place that was looked at, if it is in none of them.
    """
    name = "tito" + (sysconfig.get_config_var("EXE") or (".exe" if sys.platform == "win32" else ""))
    package = os.path.dirname(os.path.abspath(__file__))
    folders = [sysconfig.get_path("scripts")]
    # `pip install --user`
    scheme = sysconfig.get_preferred_scheme("user")
    folders.append(sysconfig.get_path("scripts", scheme=scheme))
    # `pip install --prefix`: PREFIX/lib/pythonX.Y/site-packages/tito, or on Windows PREFIX/Lib/site-packages/tito
    above = package
    for _ in range(4):
        above = os.path.dirname(above)
        folders.append(os.path.join(above, "Scripts" if sys.platform == "win32" else "bin"))
    # `pip install --target`
    folders.append(os.path.join(os.path.dirname(package), "bin"))
    tried = []
    for folder in folders:
        path = os.path.join(folder, name)
        if path not in tried:
            tried.append(path)
            if os.path.isfile(path):
                return path
    raise FileNotFoundError("the program tito is in none of these places: " + ", ".join(tried))
