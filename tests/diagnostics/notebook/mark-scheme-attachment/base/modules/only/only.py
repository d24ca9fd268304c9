# %% [markdown] nbgrader={"grade": true, "grade_id": "why", "locked": false, "points": 3, "solution": true}
# ### BEGIN MARK SCHEME
# ![scheme](attachment:scheme.png)
# ### END MARK SCHEME
