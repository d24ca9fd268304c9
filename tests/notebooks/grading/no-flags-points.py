# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"schema_version": 3, "grade": false, "locked": false, "solution": false, "grade_id": "n", "points": 0}
print(1)
