# %% active="py" language="bash"
# %%time
%plain
!ls
# cd x

# %% active="py,ipynb" language="R"
# %x
'''
# %%
'''
