# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [raw]
# # BEGIN SOLUTION

# %%
def square(x):
    return x * x

# %% [raw]
# # END SOLUTION

# %% [raw]
# # END QUESTION
