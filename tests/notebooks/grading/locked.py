# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"schema_version": 3, "grade": false, "locked": true, "solution": false, "grade_id": "l"}
print(1)

# %% [markdown] nbgrader={"schema_version": 3, "grade": false, "locked": true, "solution": false, "grade_id": "lm"}
# read only
