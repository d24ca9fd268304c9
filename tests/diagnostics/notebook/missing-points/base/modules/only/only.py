# %% nbgrader={"grade": true, "grade_id": "a", "locked": true}
assert True
