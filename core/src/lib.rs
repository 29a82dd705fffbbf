//! `jiesu` (接诉): the library that thinks for a city hotline (12345, 接诉即办).
//!
//! Five intelligences over complaint text and geography: intake, classification, dispatch suggestion, duplicate
//! merging and hotspot detection. One Rust core; Python and WASM are thin faces of it and answer byte for byte alike.
//!
//! # The house
//! A room imports only from the floors below it.
//!
//! | floor | module | what lives there |
//! |---|---|---|
//! | 5 | [`engine`] | opens a bundle, runs everything over one complaint or a batch |
//! | 4 | [`intake`] [`topic`] [`dispatch`] [`incident`] [`hotspot`] | the intelligences |
//! | 3 | [`geo`] | area tree, gazetteer, address resolution, adjacency |
//! | 2 | [`learn`] | sparse features, linear models, calibration, evaluation |
//! | 1 | [`text`] | normalisation, segmentation, spans, personal data |
//! | 0 | [`complaint`] [`bundle`] [`error`] | record and answer types, file format, errors |
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod bundle;
#[cfg(feature = "cli")]
pub mod cli;
pub mod complaint;
pub mod dispatch;
pub mod engine;
pub mod error;
pub mod geo;
pub mod hotspot;
pub mod incident;
pub mod intake;
pub mod learn;
pub mod text;
pub mod topic;

pub use complaint::Complaint;
pub use error::Error;
