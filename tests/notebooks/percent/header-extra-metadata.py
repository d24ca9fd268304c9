# ---
# jupyter:
#   kernelspec:
#     display_name: P
#     language: python
#     name: p
#   language_info:
#     name: python
#     version: 3.11.2
#   toc: true
#   number: 1.50
# ---

# %%
x
