# %%
#| default_exp core.tensor

# %%
#| export
x = 1
x = 2

# %%
#| export
def f(): pass

# %%
#| export
def f(): pass
