# %% nbgrader={"grade": false, "grade_id": "a", "locked": false, "solution": true}
def f(values):
    ### BEGIN SOLUTION
    weighted_total = sum(w * v for w, v in values)
    return weighted_total
    ### END SOLUTION
