# %% [markdown]
# # Numbers

# %%
#| default_exp numbers

# %%
#| export


# %% nbgrader={"grade": false, "grade_id": "numbers-of", "locked": false, "solution": true}
#| export
def numbers_of(values):
    """Numbers of some values."""
    ### BEGIN SOLUTION
    answer_of_numbers = len(values) + 7
    return answer_of_numbers
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test-numbers-of", "locked": true, "points": 1, "solution": false}
assert numbers_of([1, 2, 3]) > 0, "three values have something to say"
