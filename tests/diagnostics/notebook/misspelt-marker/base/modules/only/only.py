# %% nbgrader={"grade": false, "grade_id": "a", "locked": false, "solution": true}
def f():
    ### BEGIN SOLTUION
    return 1
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "b", "locked": true, "points": 1, "solution": false}
assert f() == 1
### BEGIN HIDDEN TEST
assert f() > 0
### END HIDDEN TEST
