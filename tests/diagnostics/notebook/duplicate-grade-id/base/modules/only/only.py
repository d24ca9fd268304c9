# %% nbgrader={"grade": true, "grade_id": "a", "locked": true, "points": 1}
assert add(1, 1) == 2

# %% nbgrader={"grade": true, "grade_id": "a", "locked": true, "points": 1}
assert add(1, 1) == 2
