# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"schema_version": 4, "grade": false, "locked": true, "solution": false, "grade_id": "k"}
x
