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
//! | `train` | learning from labelled rows, building bundles, emerging topics (linfa, ndarray) |
//! | `store` | the durable incident index |
//! | `parallel` | batches over all cores (rayon) |
//! | `embed` | the default bundle inside the library: `Engine::embedded()` |
//! | `cli` | the `jiesu` binary; implies `train`, `store` and `parallel` |
//!
//! None is on by default; the WASM module has none of them and gives the same answers.
//!
//! # Terms
//! | 12345 | Rust | Python | TypeScript | command line |
//! |---|---|---|---|---|
//! | 诉求 request | [`Complaint`] | `Record`, or a table's row | `ComplaintRecord` | a line of `--input` |
//! | 工单 order: what the engine says of a request | [`complaint::Analysis`] | `Analysis` | `Analysis` | a line of `analyze` |
//! | 受理 intake | [`intake::Intake`] | `Engine.analyze` | `Engine.analyze` | `analyze`, `assist` |
//! | 分类 classification | [`topic::Topics`]; a city's own: [`learn::Model`] | `Engine.analyze`; `TopicClassifier` | `topics`, `problem` | `train`, `predict`, `evaluate` |
//! | 派单 dispatch | [`dispatch::Dispatcher`], [`complaint::UnitAnswer`] | `Analysis["units"]`; `Dispatcher` | `Unit` | `units` of `analyze` |
//! | 派单目录 catalogue of dispatch | [`dispatch::Catalogue`] | in the bundle | in the bundle | `catalogue check` |
//! | 主办、协办、属地 lead, cooperating, receiving unit | [`complaint::Role`] | `units[n]["role"]` | `Role` | `role` |
//! | 街乡镇、社区 street or township, community | [`geo::AreaTree`], [`complaint::AreaAnswer`] | `Analysis["area"]`; `Gazetteer` | `Area` | `area`, `areas` |
//! | 重复诉求、多人同诉 same person again; many people, one matter | [`incident::IncidentIndex`], [`complaint::Relation`] | `IncidentIndex` | `Likeness` of `lookup` | `merge`, `pairs` |
//! | 热点 hotspot | [`hotspot::Alert`] | `HotspotDetector` | – | `hotspots` |
//! | 新问题 emerging topic | `hotspot::EmergingTopic` | `EmergingTopics` | – | `emerging` |
//! | 每月一题 monthly problem | [`complaint::Problem`]; the ranking: [`hotspot::rank`] | `Analysis["problem"]` | `Problem` | `monthly` |
//! | 个人信息 personal data | [`complaint::Pii`] | `Analysis["pii"]` | `Pii`, `mask` | `pii` |
//!
//! # Open311 GeoReport v2
//! | Open311 | here |
//! |---|---|
//! | `service_request_id` | [`Complaint::id`] |
//! | `description` | [`Complaint::text`] |
//! | `service_code`, `service_name` | `problem` when there is one, else `topics[0]`: `code` and `name` |
//! | `requested_datetime` | [`Complaint::received_at`] |
//! | `expected_datetime` | `received_at` and `limit` together |
//! | `agency_responsible` | `units[0].unit`; where it is a local branch, `units[0].local.name` |
//! | `service_notice` | `limit` |
//! | `address` (`address_string` when filed) | [`Complaint::address`]; found in the text: `area`, `entities` |
//! | `lat`, `long` | [`Complaint::point`] (longitude first) |
//! | `status` (`open`, `closed`) | [`Complaint::status`], any word |
//! | `status_notes` | [`Complaint::reply`] |
//! | `account_id`, `device_id` | [`Complaint::caller`], opaque |
//! | `phone`, `email`, `first_name`, `last_name` | none: where a text holds them they are `pii` |
//! | `address_id`, `zipcode`, `jurisdiction_id`, `media_url`, `updated_datetime` | none |
//! | none | `type`, `urgency`, `collective`, `missing`, `matters`, `incident` (Open311 knows no duplicates) |
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
