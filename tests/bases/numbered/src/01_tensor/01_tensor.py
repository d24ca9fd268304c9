# %% [markdown]
# # Tensor

# %%
#| default_exp core.tensor

# %%
#| export
zero = 0
