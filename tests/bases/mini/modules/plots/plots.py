# %% [markdown]
# # Plots

# %%
#| default_exp plots

# %%
#| export
from minipkg.numbers import numbers_of


# %% nbgrader={"grade": false, "grade_id": "plots-of", "locked": false, "solution": true}
#| export
def plots_of(values):
    """Plots of some values."""
    ### BEGIN SOLUTION
    answer_of_plots = numbers_of(values) + 5
    return answer_of_plots
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test-plots-of", "locked": true, "points": 1, "solution": false}
assert plots_of([1, 2, 3]) > 0, "three values have something to say"
