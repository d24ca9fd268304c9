# %%
#| default_exp core.tensor

# %%
#| export

# %%
#| export




# %%
#| exporti
x = 1
