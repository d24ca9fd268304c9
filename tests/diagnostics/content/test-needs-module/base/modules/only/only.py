# %%
#| default_exp only

# %%
#| export
x = 1
