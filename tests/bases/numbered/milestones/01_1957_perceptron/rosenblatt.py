print("1957")
