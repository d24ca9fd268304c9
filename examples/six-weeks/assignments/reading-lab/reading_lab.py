# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Read a real framework
#
# Find the place where a framework of your choice records an operation for the backward pass, and the place where SGD changes a
# parameter. Write down the file, the function and the lines.

# %% [markdown] nbgrader={"grade": true, "grade_id": "reading-lab-recording", "locked": false, "points": 10, "solution": true}
# ### BEGIN SOLUTION
# For instance PyTorch: `torch/csrc/autograd/generated/VariableType` builds a node for each operation and connects it to the inputs' nodes.
# ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "reading-lab-momentum", "locked": false, "solution": true}
def momentum_form(step_size: float, momentum: float) -> str:
    """Which of two forms of momentum does your optimizer use?

    Args:
        step_size: the learning rate, positive.
        momentum: between 0 and 1.

    Returns:
        `"velocity first"` if the velocity is updated before it is applied, `"gradient first"` otherwise.
    """
    ### BEGIN SOLUTION
    form = "velocity first"
    return form
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-reading-lab-momentum", "locked": true, "points": 5, "solution": false}
# PyTorch's documentation of SGD: v = momentum * v + g, then p = p - lr * v.
assert momentum_form(0.1, 0.9) == "velocity first", "look at the order of the two lines in `SGD.step`"
