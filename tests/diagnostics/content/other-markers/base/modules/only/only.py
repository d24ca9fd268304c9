# %%
def f():
    return 42  # SOLUTION
