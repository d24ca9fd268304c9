# ---
# jupyter:
#   jupytext:
#     cell_metadata_filter: tags,-all
#   kernelspec:
#     display_name: P
#     language: python
#     name: p
# ---

# %% a=1
x
