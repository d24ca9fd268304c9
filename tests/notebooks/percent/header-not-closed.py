# ---
# jupyter:
#   a: 1

# %%
x = 1
