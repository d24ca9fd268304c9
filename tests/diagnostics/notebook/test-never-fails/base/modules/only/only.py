# %%
def double(x):
    return x

# %% nbgrader={"grade": true, "grade_id": "a", "locked": true, "points": 1, "solution": false}
assert (double(2) == 4, "twice two")

# %% nbgrader={"grade": true, "grade_id": "b", "locked": true, "points": 1, "solution": false}
def test_double():
    assert double(2) == 4

# %% nbgrader={"grade": true, "grade_id": "c", "locked": true, "points": 1, "solution": false}
try:
    assert double(2) == 4
except AssertionError:
    print("That is not right.")

# %% nbgrader={"grade": true, "grade_id": "d", "locked": true, "points": 1, "solution": false}
double(2) == 4
