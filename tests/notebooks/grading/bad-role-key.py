# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% nbgrader={"grade": false, "grade_id": "f", "solution": true}
def f():
    ### BEGIN SOLUTION rol="scaffold"
    return 1
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "g", "solution": true}
def g():
    ### BEGIN SOLUTION role challenge
    return 2
    ### END SOLUTION
