# ---
# jupyter:
#   a: [1
# ---

# %%
x
