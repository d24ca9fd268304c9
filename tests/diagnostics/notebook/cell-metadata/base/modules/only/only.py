# %% nbgrader={"grade": false, "grade_id": "a", "solution": true
x = 1
