# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %%
#| default_exp core.tensor

# %%
#| export
import numpy as np


# %% nbgrader={"grade": false, "grade_id": "t", "locked": false, "solution": true, "schema_version": 3}
#| export
class Tensor:
    """A tensor.

    # %% not here
    """

    def add(self):
        ### BEGIN SOLUTION role="core"
        return 1
        ### END SOLUTION


# %% [markdown]
"""
## Test

```python
# %% hidden
```
"""

# %% nbgrader={"grade": true, "grade_id": "test-t", "locked": true, "points": 10, "solution": false, "schema_version": 3}
assert Tensor().add() == 1
