//! jiesu in the browser and in Node: a thin face of the core. Text and records come in, JSON goes out; `wasm/js` wraps it.
//!
//! No function panics on input; every failure is a JavaScript `Error` with `name` "JiesuError" and the core's stable `code`.
#![forbid(unsafe_code)]

mod error;
mod lookup;
mod record;
mod units;

use error::Failure;
use jiesu::bundle::Bundle;
use jiesu::complaint::Complaint;
use jiesu::engine::Engine as Core;
use jiesu::text::pii;
use lookup::Shelf;
use units::Utf16;
use wasm_bindgen::prelude::*;

/// An engine over one bundle.
#[wasm_bindgen]
pub struct Engine {
    core: Core,
    shelf: Shelf,
}

#[wasm_bindgen]
impl Engine {
    /// Opens a bundle.
    #[wasm_bindgen(constructor)]
    pub fn new(bundle: &[u8]) -> Result<Engine, JsValue> {
        let bundle = Bundle::from_bytes(bundle).map_err(Failure::from)?;
        let core = Core::from_bundle(&bundle).map_err(Failure::from)?;
        Ok(Engine { core, shelf: Shelf::default() })
    }

    /// Analyses a record (JSON of the contract's fields); the answer is JSON whose spans count UTF-16 units of the analysed text.
    pub fn analyze(&self, record: &str) -> Result<String, JsValue> {
        let complaint = record::read(record)?;
        Ok(self.in_utf16(&complaint))
    }

    /// Analyses a bare text.
    #[wasm_bindgen(js_name = analyzeText)]
    pub fn analyze_text(&self, text: &str) -> Result<String, JsValue> {
        Ok(self.in_utf16(&record::of_text(text)?))
    }

    /// The canonical JSON of a record: byte for byte what every other face of jiesu gives (spans count code points).
    #[wasm_bindgen(js_name = analyzeJson)]
    pub fn analyze_json(&self, record: &str) -> Result<String, JsValue> {
        Ok(self.core.analyze_json(&record::read(record)?))
    }

    /// The text with its personal data replaced by marks such as `[手机1]`.
    pub fn mask(&self, text: &str) -> Result<String, JsValue> {
        if text.trim().is_empty() {
            return Ok(text.to_string());
        }
        let complaint = record::of_text(text)?;
        Ok(pii::mask(text, &self.core.analyze(&complaint).pii, &[]))
    }

    /// Hands in the requests that [`Engine::lookup`] searches; the answer is JSON.
    #[wasm_bindgen(js_name = setIncidents)]
    pub fn set_incidents(&mut self, records: Vec<String>) -> Result<String, JsValue> {
        let records = records.iter().map(|r| record::read(r)).collect::<Result<Vec<_>, _>>()?;
        self.shelf = Shelf::new(&self.core, &records).map_err(Failure::from)?;
        Ok(format!("{{\"count\":{}}}", self.shelf.len()))
    }

    /// Which of them resemble a record, as JSON.
    pub fn lookup(&self, record: &str, limit: usize) -> Result<String, JsValue> {
        let complaint = record::read(record)?;
        let found = self.shelf.like(&self.core, &complaint, limit).map_err(Failure::from)?;
        Ok(serde_json::to_string(&found).unwrap_or_default())
    }

    fn in_utf16(&self, complaint: &Complaint) -> String {
        let mut analysis = self.core.analyze(complaint);
        let units = Utf16::new(&complaint.text);
        analysis.convert_spans(|byte| units.at(byte));
        serde_json::to_string(&analysis).unwrap_or_default()
    }
}
