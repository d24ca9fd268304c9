# %%
#| default_exp __init__

# %%
#| export
x = 1
