# %%
#| default_exp core.tensor

# %%
#| exporti
def helper(): ...

# %%
#| export
def public(): return helper()

# %%
#| exports
def shown(): pass
