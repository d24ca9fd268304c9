# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] nbgrader={"schema_version": 3, "grade": false, "locked": true, "solution": false, "grade_id": "k", "task": true, "points": 4}
# Do it.
# ### BEGIN MARK SCHEME
# 4 points
# ### END MARK SCHEME
# after
