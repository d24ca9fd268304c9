//! `tests/decisions.txt`, the specification of updates, run whole.
