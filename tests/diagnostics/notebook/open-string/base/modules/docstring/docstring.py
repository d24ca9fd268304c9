# %%
#| default_exp docstring

# %% nbgrader={"grade_id": "f", "solution": true}
#| export
def f():
    """The first of two.
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION

# %% nbgrader={"grade_id": "g", "solution": true}
#| export
def g():
    """The second."""
    ### BEGIN SOLUTION
    return 2
    ### END SOLUTION
