def check(x, x):
    return x
