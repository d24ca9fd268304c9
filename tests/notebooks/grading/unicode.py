# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"schema_version": 3, "grade": false, "locked": false, "solution": true, "grade_id": "a"}
def f():
    """Größe 🎉"""
    ### BEGIN SOLUTION
    return "é"
    ### END SOLUTION

# %% nbgrader={"schema_version": 3, "grade": true, "locked": true, "solution": false, "grade_id": "t", "points": 1}
assert f() == "é"  # ∂
