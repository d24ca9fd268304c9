import one.sub.later
