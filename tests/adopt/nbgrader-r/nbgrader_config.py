c = get_config()
c.CourseDirectory.course_id = "tables"
c.ClearSolutions.code_stub = {
    "R": "# your code here\nfail() # No Answer - remove if you provide an answer",
    "python": "# your code here\nraise NotImplementedError",
}
