# %%
#| default_exp core.tensor

# %%
#| export
x = 1
