# %%
#| default_exp Core

# %%
#| export
x = 1
