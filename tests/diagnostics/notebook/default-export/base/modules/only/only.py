# %%
#| export
x = 1
