"""first-steps"""
print("first-steps")
