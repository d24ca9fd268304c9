# %% [markdown]
"""
# Module 01: Tensors - Part by part
"""

# %%
#| default_exp core.tensor

# %%
#| export
import math

# %% nbgrader={"grade": false, "grade_id": "tensor", "solution": true}
#| export
class Tensor:
    def __init__(self, data):
        ### BEGIN SOLUTION
        self.values = list(data)
        ### END SOLUTION
