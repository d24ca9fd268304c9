# %% [markdown]
# # Sums

# %%
#| default_exp sums

# %%
#| export
from minipkg.numbers import numbers_of


# %% nbgrader={"grade": false, "grade_id": "sums-of", "locked": false, "solution": true}
#| export
def sums_of(values):
    """Sums of some values."""
    ### BEGIN SOLUTION
    answer_of_sums = numbers_of(values) + 4
    return answer_of_sums
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test-sums-of", "locked": true, "points": 1, "solution": false}
assert sums_of([1, 2, 3]) > 0, "three values have something to say"
