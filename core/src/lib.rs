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
//!
//! ```no_run
//! use jiesu::{Complaint, engine::Engine};
//!
//! let engine = Engine::from_bytes(&std::fs::read("models/beijing.jiesu")?)?;
//! let answer = engine.analyze(&Complaint::builder("1").text("楼下烧烤店半夜还在放音响，吵得睡不着").build()?);
//! println!("{} → {}", answer.topics[0].name, answer.units[0].unit);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//! | feature | gives |
//! |---|---|
//! | `train` | learning from labelled rows and building bundles (linfa, ndarray) |
//! | `store` | the durable incident index |
//! | `parallel` | batches over all cores (rayon) |
//! | `cli` | the `jiesu` binary; implies the three above |
//!
//! None is on by default; the WASM module has none of them and gives the same answers.
//!
//! # Terms
//! | 12345 | Rust | Python | TypeScript |
//! |---|---|---|---|
//! | 诉求 request | [`Complaint`] | `dict` or a table's row | `ComplaintInput` |
//! | 工单 order, what the engine says of it | [`complaint::Analysis`] | `Analysis` | `Analysis` |
//! | 受理 intake | [`intake::Intake`] | in `Engine` | in `Engine` |
//! | 分类 classification | [`topic`], [`learn::Classifier`] | `TopicClassifier` | in `Engine` |
//! | 派单 dispatch, 派单目录 catalogue | [`dispatch::Dispatcher`] | `Dispatcher` | in `Engine` |
//! | 街乡镇、社区 area | [`geo::Gazetteer`], [`complaint::AreaAnswer`] | `Gazetteer` | `area` |
//! | 重复诉求合并、多人同诉 incident | [`incident::IncidentIndex`] | `IncidentIndex` | `lookup` |
//! | 热点、每月一题 hotspot, monthly problem | [`hotspot`] | `HotspotDetector` | – |
//! | 个人信息 personal data | [`complaint::Pii`] | `pii` | `pii`, `mask` |
//!
//! # Open311 GeoReport v2
//! | Open311 | here |
//! |---|---|
//! | `service_request_id` | [`Complaint::id`] |
//! | `description` | [`Complaint::text`] |
//! | `service_code`, `service_name` | `problem.code`, `topics[0].code` and their names |
//! | `requested_datetime` | [`Complaint::received_at`] |
//! | `agency_responsible` | `units[0].unit` |
//! | `expected_datetime` | `received_at` + `limit` |
//! | `address` | [`Complaint::address`], `area` |
//! | `lat`, `long` | [`Complaint::point`] |
//! | `status` | [`Complaint::status`] |
//! | no field | `incident` (Open311 knows no duplicates) |
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
