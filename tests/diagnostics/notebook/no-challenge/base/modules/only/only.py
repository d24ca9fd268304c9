# %% nbgrader={"grade": false, "grade_id": "a", "locked": false, "solution": true}
def f():
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION
