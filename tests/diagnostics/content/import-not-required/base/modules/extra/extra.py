# %%
#| default_exp core.extra

# %%
#| export
e = 1
