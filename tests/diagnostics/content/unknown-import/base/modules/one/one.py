# %%
#| default_exp core.one

# %%
#| export
from pkg.core.gone import x
from pkg import core, helpers

# %%
import pkg.core.onee
