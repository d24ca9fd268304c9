# %% [markdown]
"""
# Module 04: Losses - Part by part
"""

# %%
#| default_exp core.losses

# %%
#| export
from oldpkg.core.tensor import Tensor

def demo():
    from oldpkg.core.layers import scale
    return scale(Tensor([1]), 2)

# %% nbgrader={"grade": false, "grade_id": "squared", "solution": true}
#| export
def squared(tensor):
    ### BEGIN SOLUTION
    return sum(value ** 2 for value in tensor.values)
    ### END SOLUTION
