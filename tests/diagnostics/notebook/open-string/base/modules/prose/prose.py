# %% [markdown]
"""
# Prose

# %%
#| default_exp prose

# %% nbgrader={"grade": false, "grade_id": "f", "locked": false, "solution": true}
#| export
def f():
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION
