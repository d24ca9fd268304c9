# ---
# title: A title
# jupyter:
#   kernelspec:
#     display_name: P
#     language: python
#     name: p
# tags: [a, b]
# ---

# %%
x = 1
