# %%
#| default_exp core.two

# %%
#| export
y = 1
