# %%
#| default_exp core.last

# %%
#| export
from pkg.core import first, middle
from pkg import X

try:
    import pkg.core.late
except ImportError:
    pass

def f():
    from pkg.core.extra import e

z = 1

# %%
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pkg.core.late import q

# %%
import pkg.core.given
