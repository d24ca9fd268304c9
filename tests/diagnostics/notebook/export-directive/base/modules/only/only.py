# %%
#| default_exp core

# %%
#| export other.module
x = 1
