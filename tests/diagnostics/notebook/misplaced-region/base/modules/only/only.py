# %%
def f():
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION
