# %%
#| default_exp core.tensor

# %%
#| export
def add(a, b):
    """Adds."""
    ### BEGIN SOLUTION role="core"
    return a + b
    ### END SOLUTION


class Tensor:
    ### BEGIN SOLUTION
    shape = ()
    ### END SOLUTION
