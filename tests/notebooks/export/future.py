# %%
#| default_exp core.tensor

# %%
#| export
import os

# %%
#| export
from __future__ import annotations

# %%
#| export
x = 1
