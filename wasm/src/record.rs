//! Records as JavaScript hands them over.

use crate::error::Failure;
use jiesu::complaint::Complaint;
use serde::Deserialize;

/// The fields of a record that the page may give; see the contract.
#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    id: String,
    text: Option<String>,
    title: Option<String>,
    detail: Option<String>,
    received_at: Option<String>,
    channel: Option<String>,
    caller: Option<String>,
    address: Option<String>,
    status: Option<String>,
    area: Option<String>,
    lon: Option<f64>,
    lat: Option<f64>,
}

/// Reads one record.
pub(crate) fn read(json: &str) -> Result<Complaint, Failure> {
    let f: Fields = serde_json::from_str(json).map_err(|e| Failure::new("record.malformed", e))?;
    let mut builder = Complaint::builder(f.id);
    builder = match (f.text, f.title, f.detail) {
        (Some(text), _, _) => builder.text(text),
        (None, title, detail) => builder.title(title.unwrap_or_default()).text(detail.unwrap_or_default()),
    };
    if let Some(time) = &f.received_at {
        builder = builder.received_at(time)?;
    }
    if let (Some(lon), Some(lat)) = (f.lon, f.lat) {
        builder = builder.point(lon, lat)?;
    }
    Ok(builder.with(|c| (c.channel, c.caller, c.address, c.status, c.area) = (f.channel, f.caller, f.address, f.status, f.area)).build()?)
}

/// A record of a bare text.
pub(crate) fn of_text(text: &str) -> Result<Complaint, Failure> {
    Ok(Complaint::builder("").text(text).build()?)
}
