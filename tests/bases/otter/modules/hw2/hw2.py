# %% [markdown]
# # Homework 2

# %%
def circumference(r):
    # BEGIN SOLUTION NO PROMPT
    return 2 * 3.14159 * r
    # END SOLUTION
    """ # BEGIN PROMPT
    # Next, define a circumference function.
    pass
    """; # END PROMPT

# %%
import random
random.seed(42) # SEED
draws = [random.random() for _ in range(1000)] # SOLUTION
