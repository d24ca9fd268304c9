# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"schema_version": 3, "grade": false, "locked": false, "solution": true, "grade_id": "a"}
class A:
    def f(self):
        """Doc."""
        ### BEGIN SOLUTION
        x = 1
        return x
        ### END SOLUTION

    def g(self):
        ### BEGIN SOLUTION
        return 2
        ### END SOLUTION

    z = 3
