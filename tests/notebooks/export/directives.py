# %%
#| default_exp core.tensor

# %%
#|export
x = 1

# %%
  # | export


y = 2
#| hide

# %%
#| hide
#| export
z = 3

# %%
# not a directive
#| export
w = 4

# %%
#| export: true
v = 5
