"""`versions.py` notices what one of the Python versions 3.10 to 3.14 does not have, and nothing else."""

import re
import sys

import pytest
import versions

WRONG = {
    "import tomllib": "tomllib is not",
    "import distutils.util": "distutils.util is not",
    "from itertools import batched": "itertools.batched is not",
    "import math as m\nm.cbrt(8)": "math.cbrt is not",
    "import ast\nisinstance(1, ast.Num)": "ast.Num is not",
    "import importlib.util\nimportlib.find_loader('a')": "importlib.find_loader is not",
    "raise ExceptionGroup('two', [])": "builtins.ExceptionGroup is not",
    "try:\n    pass\nexcept* ValueError:\n    pass": r"3\.11|syntax|expected",
    "print('\\d')": "invalid escape sequence",
    "1 is 1": "is.*literal",
}
RIGHT = [
    "from itertools import pairwise\nlist(zip('ab', 'cd', strict=True))",
    "match 1:\n    case int():\n        pass",
    "import math\nmath.exp(1)\nclass A:\n    cbrt = 1\nA.cbrt",
    "def timeout():\n    return (a := 1)",
    "from . import tomllib",
]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_not_in_every_version_is_noticed(text):
    faults = versions.faults_of(versions.Source("a.py", text))
    assert len(faults) == 1 and faults[0].startswith("a.py: ")
    assert re.search(WRONG[text], faults[0]), faults


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_in_every_version_passes(text):
    assert versions.faults_of(versions.Source("a.py", text)) == []


def test_the_table_is_true_of_this_python():
    # A name that every version has would be refused for nothing; here, that each module is one that can be imported everywhere.
    for module in versions.CHANGED:
        __import__(module)
    here = {name for name in versions.NOT_EVERYWHERE if name in sys.stdlib_module_names}
    assert here != versions.NOT_EVERYWHERE
