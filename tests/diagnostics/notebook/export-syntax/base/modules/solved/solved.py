# %%
#| default_exp solved

# %%
#| export
import os

# %%
#| export
from __future__ import annotations

# %% nbgrader={"grade_id": "torn", "solution": true}
#| export
def f(:
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION

