# %% nbgrader={"grade": "yes", "grade_id": "a", "solution": true, "colour": "red"}
x = 1
