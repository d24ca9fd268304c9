# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: julia
#     name: python3
# ---

# %% nbgrader={"schema_version": 3, "grade": false, "locked": false, "solution": true, "grade_id": "a"}
def f():
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION
