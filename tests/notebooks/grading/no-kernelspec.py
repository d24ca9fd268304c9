# %% nbgrader={"schema_version": 3, "grade": false, "locked": false, "solution": true, "grade_id": "a"}
### BEGIN SOLUTION
x
### END SOLUTION
