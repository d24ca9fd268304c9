# ---
# title: t
# jupyter:
#   kernelspec:
#     display_name: P
#     language: python
#     name: p
# ---


# %%
x = 1
