# %%
#| default_exp helpers

# %%
#| export
x = 1
