# %%
one = 1
