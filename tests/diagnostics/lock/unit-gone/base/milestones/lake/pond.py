print("pond")
