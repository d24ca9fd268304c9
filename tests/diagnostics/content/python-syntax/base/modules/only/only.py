# %%
#| default_exp core

# %%
#| export
x = 1
