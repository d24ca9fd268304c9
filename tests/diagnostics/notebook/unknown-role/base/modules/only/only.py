# %% nbgrader={"grade": false, "grade_id": "a", "locked": false, "solution": true}
def f():
    ### BEGIN SOLUTION role="cor"
    return 1
    ### END SOLUTION
