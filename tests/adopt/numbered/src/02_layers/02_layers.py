# %% [markdown]
"""
# Module 02: Layers - Part by part
"""

# %%
#| default_exp core.layers

# %%
#| export
from oldpkg import Tensor

# %% nbgrader={"grade": false, "grade_id": "scale", "solution": true}
#| export
def scale(tensor, factor):
    ### BEGIN SOLUTION
    scaled = [value * factor for value in tensor.values]
    return Tensor(scaled)
    ### END SOLUTION
