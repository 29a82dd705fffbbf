//! The facade: opens a bundle and runs everything over one complaint or a batch.
