# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"grade": false, "grade_id": "tensor-add", "locked": false, "solution": true, "schema_version": 3}
x

# %% nbgrader={"grade": true, "grade_id": "test-add", "locked": true, "points": 10, "solution": false, "schema_version": 3}
y
