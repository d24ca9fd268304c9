# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"schema_version": 3, "grade": false, "locked": false, "solution": true, "grade_id": "a"}
x
### END SOLUTION
