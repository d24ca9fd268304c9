# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"schema_version": 3, "grade": false, "locked": true, "solution": true, "grade_id": "l"}
### BEGIN SOLUTION
x
### END SOLUTION
