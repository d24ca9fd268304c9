# %% [markdown]
# # A lab

# %%
print(1)
