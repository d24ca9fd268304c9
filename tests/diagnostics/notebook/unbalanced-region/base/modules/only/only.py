# %% nbgrader={"grade": false, "grade_id": "a", "locked": false, "solution": true}
def f():
    ### BEGIN SOLUTION
    return 1

# %% nbgrader={"grade": false, "grade_id": "b", "locked": false, "solution": true}
def g():
    ### BEGIN SOLUTION
    ### BEGIN SOLUTION
    return 2
    ### END SOLUTION
    ### END SOLUTION
