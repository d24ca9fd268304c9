# %% nbgrader={"grade": true, "grade_id": "a", "locked": true}
assert add(1, 1) == 2
