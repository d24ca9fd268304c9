# %%
#| default_exp given

# %%
#| export
def h(x):
    return é + (x
