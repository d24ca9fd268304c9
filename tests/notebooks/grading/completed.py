# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"grade_id": "a", "solution": true}
### BEGIN SOLUTION
x
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "t", "locked": true, "points": 1}
assert x
