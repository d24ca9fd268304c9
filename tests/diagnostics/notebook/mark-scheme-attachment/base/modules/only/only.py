# %% [markdown] nbgrader={"grade": false, "grade_id": "why", "locked": true, "points": 3, "solution": false, "task": true}
# Draw the loss.
#
# ### BEGIN MARK SCHEME
# ![scheme](attachment:scheme.png)
# ### END MARK SCHEME
