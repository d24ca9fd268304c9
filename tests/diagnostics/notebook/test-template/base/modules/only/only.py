# %% nbgrader={"grade": true, "grade_id": "t", "locked": true, "points": 1, "solution": false}
### AUTOTEST f(1)
