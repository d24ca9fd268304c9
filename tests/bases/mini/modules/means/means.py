# %% [markdown]
# # Means

# %%
#| default_exp means

# %%
#| export
from minipkg.sums import sums_of


# %% nbgrader={"grade": false, "grade_id": "means-of", "locked": false, "solution": true}
#| export
def means_of(values):
    """Means of some values."""
    ### BEGIN SOLUTION
    answer_of_means = sums_of(values) + 5
    return answer_of_means
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test-means-of", "locked": true, "points": 1, "solution": false}
assert means_of([1, 2, 3]) > 0, "three values have something to say"
