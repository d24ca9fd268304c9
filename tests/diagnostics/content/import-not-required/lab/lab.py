# %%
from pkg.core.first import x
from pkg.core.last import z
