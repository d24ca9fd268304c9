# %% nbgrader={"grade": true, "locked": true, "points": 1}
assert True
