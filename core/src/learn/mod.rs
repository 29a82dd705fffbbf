//! Floor 2: sparse features, linear models, calibration, evaluation.
