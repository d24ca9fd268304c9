# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # @TITLE@
#
# Say in two sentences what students learn here. This file is a notebook: `# %%` starts a cell, and students get a `.ipynb`.

# %% [markdown]
# ## The area of a rectangle
#
# A task comes before the cell in which students answer it.

# %% nbgrader={"grade": false, "grade_id": "@ID@-area", "locked": false, "solution": true}
def area(width, height):
    """The area of a rectangle.

    Args:
        width: how wide it is.
        height: how high it is, in the same unit.

    Returns:
        The area, in that unit squared.
    """
    ### BEGIN SOLUTION
    return width * height
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-@ID@-area", "locked": true, "points": 5, "solution": false}
# Students see this test, and cannot change it: an update restores it. Each message says what is wrong.
assert area(2, 3) == 6, "2 by 3 is 6"
assert area(4, 0.5) == 2, "a side may be shorter than 1"

# %% [markdown] nbgrader={"grade": true, "grade_id": "@ID@-why", "locked": false, "points": 2, "solution": true}
# Why does the order of the two sides not matter?
#
# ### BEGIN SOLUTION
# Multiplication is commutative.
# ### END SOLUTION
