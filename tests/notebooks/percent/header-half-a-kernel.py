# ---
# title: x
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %%
1
