# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] nbgrader={"schema_version": 3, "grade": true, "locked": false, "solution": true, "grade_id": "q", "points": 2}
"""
Because.
And so on.
"""
