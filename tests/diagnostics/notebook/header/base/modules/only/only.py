# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: light
# ---

# %%
x = 1
