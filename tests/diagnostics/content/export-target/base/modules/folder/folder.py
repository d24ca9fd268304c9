# %%
#| default_exp given

# %%
#| export
x = 1
