# %% nbgrader={"grade": false, "grade_id": "double", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    ...
    ### END SOLUTION
