# %%
#| default_exp sub.later

# %%
#| export
y = 1
