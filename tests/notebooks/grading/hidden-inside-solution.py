# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"schema_version": 3, "grade": true, "locked": false, "solution": true, "grade_id": "a", "points": 5}
### BEGIN SOLUTION
x
### BEGIN HIDDEN TESTS
z
### END HIDDEN TESTS
### END SOLUTION
w
