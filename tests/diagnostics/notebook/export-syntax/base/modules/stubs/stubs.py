# %%
#| default_exp stubs

# %% nbgrader={"grade_id": "try", "solution": true}
#| export
def f(x):
    try:
        return 1 / x
    ### BEGIN SOLUTION
    except ZeroDivisionError:
        return 0
    ### END SOLUTION

# %% nbgrader={"grade_id": "expression", "solution": true}
#| export
x = [
    ### BEGIN SOLUTION
    1,
    ### END SOLUTION
]

# %% nbgrader={"grade_id": "decorator", "solution": true}
#| export
import functools
@functools.cache
### BEGIN SOLUTION
def g():
    return 1
### END SOLUTION

# %% nbgrader={"grade_id": "backslash", "solution": true}
#| export
y = 1 + \
    ### BEGIN SOLUTION
    2
    ### END SOLUTION

# %% nbgrader={"grade_id": "dedented", "solution": true}
#| export
def h():
    """Ends at the stub."""
### BEGIN SOLUTION
    return 1
### END SOLUTION

# %% nbgrader={"grade_id": "not-exported", "solution": true}
with open("a") as a, \
    ### BEGIN SOLUTION
    open("b") as b:
    ### END SOLUTION
    pass

# %% nbgrader={"grade_id": "fine", "solution": true}
#| export
def i(x):
    if x:
        ### BEGIN SOLUTION
        return 1
        ### END SOLUTION
    return 2

