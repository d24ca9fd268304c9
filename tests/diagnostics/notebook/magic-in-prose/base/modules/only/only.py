# %%
# cd into the folder first
x = 1
