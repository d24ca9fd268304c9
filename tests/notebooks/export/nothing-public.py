# %%
#| default_exp core.tensor

# %%
#| exporti
x = 1
