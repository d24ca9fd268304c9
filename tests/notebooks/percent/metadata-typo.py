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

# %% nbgrader={"grade": true, "grade_id": "x" "points": 1}
x

# %% nbgrader={"grade": tru}
y

# %% nbgarder={"grade": true, "grade_id": "y", "points": 1}
z = 1

# %
# % nbgrader={"grade": true, "grade_id": "z", "points": 1}
# nbgrader is a tool, and nbgrader=1 is no metadata
