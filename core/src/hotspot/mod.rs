//! Hotspot detection (热点发现) and the monthly problem (每月一题).
