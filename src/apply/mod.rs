//! Seam 2: the only writer. A list of changes and what stood there when they were decided → the workspace, then lock and baselines.
