# %%
#| default_exp core.deep

# %%
#| export
x = 1
