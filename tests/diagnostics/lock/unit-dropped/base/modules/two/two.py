# %%
two = 1
