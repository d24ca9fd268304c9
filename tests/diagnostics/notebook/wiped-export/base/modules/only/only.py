# %% nbgrader={"grade": false, "grade_id": "a", "locked": false, "solution": true}
#| export
import math
x = math.pi
