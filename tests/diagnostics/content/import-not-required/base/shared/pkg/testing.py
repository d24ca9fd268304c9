def check(x):
    return x
