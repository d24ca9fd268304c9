# ---
# jupyter:
#   jupytext:
#     comment_magics: false
#   kernelspec:
#     display_name: P
#     language: python
#     name: p
# ---

# %%
# %matplotlib inline
