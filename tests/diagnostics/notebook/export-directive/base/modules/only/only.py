# %%
#| default_exp core

# %%
#| exports
x = 1
