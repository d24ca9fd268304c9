# %%
#| default_exp core.tensor

# %%
#| export
x = 1





# %%
#| export
y = 2
   
