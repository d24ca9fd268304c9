# ---
# title: A title
# author: me
# ---

# %%
x = 1
