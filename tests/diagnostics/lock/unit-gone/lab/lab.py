# %% [markdown]
# Write down what you saw.
