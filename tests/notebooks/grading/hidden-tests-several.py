# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"schema_version": 3, "grade": true, "locked": true, "solution": false, "grade_id": "t", "points": 3}
### BEGIN HIDDEN TESTS
a
### END HIDDEN TESTS
b
    ### BEGIN HIDDEN TESTS
    c
    ### END HIDDEN TESTS
