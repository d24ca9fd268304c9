def f():
    ### BEGIN SOLUTION
    return 42
    ### END SOLUTION
