# %%
#| default_exp core.late

# %% [markdown]
# `from pkg.core.extra import e`

# %%
from pkg import E
from pkg.core.middle import (
    y,
)

# %%
#| export
q = 1
