# %%
x = 1

# %%
text = '''
the end
