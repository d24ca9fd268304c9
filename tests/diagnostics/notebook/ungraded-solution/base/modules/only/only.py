# %% nbgrader={"grade": false, "grade_id": "a", "locked": false, "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test-a", "locked": true, "points": 1, "solution": false}
assert double(2) == 4

# %% nbgrader={"grade": false, "grade_id": "b", "locked": false, "solution": true}
def triple(x):
    ### BEGIN SOLUTION
    return 3 * x
    ### END SOLUTION
