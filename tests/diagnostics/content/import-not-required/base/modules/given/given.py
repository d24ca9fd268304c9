# %%
#| default_exp core.given

# %%
#| export
g = 1
