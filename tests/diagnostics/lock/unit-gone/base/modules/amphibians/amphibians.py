# %% nbgrader={"grade": false, "grade_id": "frogs-count", "locked": false, "solution": true, "schema_version": 3}
def count(pond):
    ### BEGIN SOLUTION
    return len(pond)
    ### END SOLUTION
