# ---
# jupyter: [
# ---

# %%
x = 1
