# ---
# jupyter:
# ---

# %%
x
