# %%
#| default_exp core.tensor

# %%
#| export
# a = 1
b = 2  # c = 3
# def d(): pass
