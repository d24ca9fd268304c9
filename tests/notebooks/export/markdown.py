# %% [markdown]
# Not a title

# %%
#| default_exp core.tensor

# %%
#| export
x = 1
