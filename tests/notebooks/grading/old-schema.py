# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"grade": false, "grade_id": "a", "locked": false, "solution": true, "schema_version": 1}
### BEGIN SOLUTION
x
### END SOLUTION
