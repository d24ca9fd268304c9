# %%
#| default_exp core.tensor

# %%
#| export
S = """
a = 1
def no(): pass
"""
T = 'it\'s # = 1'; U = f"{S}=x"
V = {"a": 1,
"b": 2}
W = (1 ==
2)
Y = lambda x, y=1: x
Z = x if y == 1 else z
