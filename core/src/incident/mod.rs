//! Duplicate merging (重复诉求合并): candidates, pair score, incidents with stable ids.
