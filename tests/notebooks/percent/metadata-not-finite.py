# %% a=NaN b=Infinity c=-Infinity d=1e400 e=[NaN, {"NaN": -1e400}] f="NaN"
1

# %% {"a": NaN}
2
