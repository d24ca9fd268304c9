# %%
#| default_exp single

# %%
#| export
from tinytorch.a import x
from tinytorch import y
z = 1
