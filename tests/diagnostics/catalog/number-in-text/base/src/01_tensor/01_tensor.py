# %% [markdown]
# # Module 01: Tensors
#
# You need them in modules 2 and 7.

# %%
x = 1
