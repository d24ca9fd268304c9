# %% nbgrader={"grade": false, "grade_id": "a", "locked": false, "solution": true}
x = 1
