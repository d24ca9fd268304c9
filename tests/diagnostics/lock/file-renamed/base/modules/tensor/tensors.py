# %% nbgrader={"grade_id": "add", "solution": true}
def add(a, b):
    ### BEGIN SOLUTION
    return a + b
    ### END SOLUTION

# %% nbgrader={"grade_id": "add-test", "grade": true, "locked": true, "points": 10}
assert add(1, 2) == 3

# %% [markdown] nbgrader={"grade_id": "why", "grade": true, "solution": true, "points": 5}
# ### BEGIN SOLUTION
# It does not matter where one begins to count.
# ### END SOLUTION
