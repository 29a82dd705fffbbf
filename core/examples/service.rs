//! A small HTTP service over the library: analyses concurrently, keeps an incident index, swaps the bundle without dropping a request,
//! and ends without losing one.
//!
//! ```sh
//! cargo run --release --example service -- models/beijing.jiesu 127.0.0.1:8345
//! curl -d '{"id":"1","text":"朝阳区望京街道路灯不亮"}' http://127.0.0.1:8345/analyze
//! curl -X POST http://127.0.0.1:8345/reload        # reads the bundle file again
//! ```
//!
//! | request | answer |
//! |---|---|
//! | `POST /analyze` with a record | its analysis |
//! | `POST /process` with a record | its analysis with the incident it joined |
//! | `POST /reload` | 204 once new requests are answered by the new bundle |
//! | `GET /health` | 200 |
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiesu::complaint::{Fields, Mapping, Row};
use jiesu::engine::Engine;
use jiesu::incident::IncidentIndex;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

struct Service {
    path: String,
    /// Readers clone the `Arc`: a reload never waits for them, and they end on the engine they began with.
    engine: RwLock<Arc<Engine>>,
    index: Mutex<IncidentIndex>,
}

impl Service {
    fn engine(&self) -> Arc<Engine> {
        self.engine.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn bad_request(reason: impl std::fmt::Display) -> Response {
    (StatusCode::BAD_REQUEST, serde_json::json!({ "error": reason.to_string() }).to_string()).into_response()
}

fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}

/// Runs `work` on the blocking pool: analysis is pure computation and must not hold up the event loop.
async fn answer(service: Arc<Service>, body: String, work: fn(&Service, &jiesu::Complaint) -> String) -> Response {
    let fields: Fields = match serde_json::from_str(&body) {
        Ok(fields) => fields,
        Err(e) => return bad_request(e),
    };
    let record = match Mapping::default().record(&Row { line: 1, fields }) {
        Ok(record) => record,
        Err(rejected) => return bad_request(rejected.reason),
    };
    match tokio::task::spawn_blocking(move || work(&service, &record)).await {
        Ok(line) => json(line),
        Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
    }
}

async fn analyze(State(service): State<Arc<Service>>, body: String) -> Response {
    answer(service, body, |s, record| s.engine().analyze_json(record)).await
}

async fn process(State(service): State<Arc<Service>>, body: String) -> Response {
    answer(service, body, |s, record| {
        let mut index = s.index.lock().unwrap_or_else(PoisonError::into_inner);
        s.engine().process_json_batch(std::slice::from_ref(record), &mut index).concat()
    })
    .await
}

async fn reload(State(service): State<Arc<Service>>) -> Response {
    let path = service.path.clone();
    let loaded = tokio::task::spawn_blocking(move || -> Result<Engine, String> {
        let bytes = std::fs::read(&path).map_err(|e| format!("{path}: {e}"))?;
        Engine::from_bytes(&bytes).map_err(|e| e.to_string())
    });
    match loaded.await {
        Ok(Ok(engine)) => {
            *service.engine.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(engine);
            StatusCode::NO_CONTENT.into_response()
        }
        // The old engine goes on: a bad file takes nothing down.
        Ok(Err(reason)) => bad_request(reason),
        Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
    }
}

async fn stop() {
    let interrupt = async { tokio::signal::ctrl_c().await.ok() };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
            }
            Err(_) => {
                interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().unwrap_or_else(|| "models/beijing.jiesu".to_string());
    let address = args.next().unwrap_or_else(|| "127.0.0.1:8345".to_string());
    let engine = Engine::from_bytes(&std::fs::read(&path)?)?;
    let index = engine.incident_index(90)?;
    let service = Arc::new(Service { path, engine: RwLock::new(Arc::new(engine)), index: Mutex::new(index) });
    let app = Router::new()
        .route("/analyze", post(analyze))
        .route("/process", post(process))
        .route("/reload", post(reload))
        .route("/health", get(|| async { StatusCode::OK }))
        .with_state(service);
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("listening on {}", listener.local_addr()?);
    // Requests under way are answered before the process ends.
    axum::serve(listener, app).with_graceful_shutdown(stop()).await?;
    Ok(())
}
