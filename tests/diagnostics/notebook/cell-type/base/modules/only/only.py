# %% [Markdown]
# # A title

# %% markdown
# Text.

# %%[markdown]
# More text.

# %%
x = 1
