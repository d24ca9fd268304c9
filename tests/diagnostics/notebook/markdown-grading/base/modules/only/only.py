# %% [markdown] nbgrader={"grade": false, "grade_id": "a", "solution": true}
# Why?
