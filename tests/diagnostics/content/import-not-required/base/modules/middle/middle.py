# %%
#| default_exp core.middle

# %%
#| export
from pkg.core.first import x
y = x
