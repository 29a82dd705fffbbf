//! The record of one request.

use super::{ComplaintError, Time};
use serde::{Deserialize, Serialize};

/// One request to the hotline, as it was filed. Unknown facts are `None`; only the text must be there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Complaint {
    /// The platform's own number.
    pub id: String,
    /// The whole text: `text`, or title, newline, detail.
    pub text: String,
    /// Byte length of the title when the text begins with one (the newline after it not counted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_len: Option<usize>,
    /// When it was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Time>,
    /// The time as it was written, passed through to the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_text: Option<String>,
    /// Phone, web, app, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// An opaque token that is the same for the same caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// The address field of the form, when there is one apart from the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Longitude and latitude, WGS-84 degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<(f64, f64)>,
    /// Code of an area the platform already knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// Topic code given by the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Unit the order went to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// State of the order (`open`, `closed`, …), passed through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Whether the caller was satisfied, when asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satisfied: Option<bool>,
    /// The unit's reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
}

impl Complaint {
    /// Starts a record.
    ///
    /// ```
    /// # use jiesu::Complaint;
    /// let c = Complaint::builder("1").text("楼下施工噪音扰民").received_at("2026-01-05 23:10")?.build()?;
    /// assert_eq!(c.received_at.map(|t| t.hour()), Some(23));
    /// # Ok::<(), jiesu::complaint::ComplaintError>(())
    /// ```
    pub fn builder(id: impl Into<String>) -> ComplaintBuilder {
        ComplaintBuilder { record: Complaint { id: id.into(), ..Complaint::default() }, title: None }
    }

    /// The title, when the text begins with one.
    pub fn title(&self) -> Option<&str> {
        self.title_len.and_then(|n| self.text.get(..n))
    }
}

/// Builds a [`Complaint`], checking each part.
#[derive(Debug, Clone)]
pub struct ComplaintBuilder {
    record: Complaint,
    title: Option<String>,
}

impl ComplaintBuilder {
    /// The text (or the detail, when a title is given too).
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.record.text = text.into();
        self
    }

    /// The title, joined to the text by a newline.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// When it was received, as written.
    pub fn received_at(mut self, time: &str) -> Result<Self, ComplaintError> {
        self.record.received_at = Some(Time::parse(time)?);
        self.record.received_text = Some(time.to_string());
        Ok(self)
    }

    /// Who called: an opaque token.
    pub fn caller(mut self, caller: impl Into<String>) -> Self {
        self.record.caller = Some(caller.into());
        self
    }

    /// WGS-84 longitude and latitude.
    pub fn point(mut self, lon: f64, lat: f64) -> Result<Self, ComplaintError> {
        if !(-180.0..=180.0).contains(&lon) || !(-90.0..=90.0).contains(&lat) {
            return Err(ComplaintError::Point { lon, lat });
        }
        self.record.point = Some((lon, lat));
        Ok(self)
    }

    /// Changes any other field.
    pub fn with(mut self, change: impl FnOnce(&mut Complaint)) -> Self {
        change(&mut self.record);
        self
    }

    /// The finished record; an error when it has no text.
    pub fn build(mut self) -> Result<Complaint, ComplaintError> {
        if let Some(title) = self.title.filter(|t| !t.is_empty()) {
            self.record.title_len = Some(title.len());
            self.record.text = if self.record.text.is_empty() { title } else { format!("{title}\n{}", self.record.text) };
        }
        if self.record.text.trim().is_empty() {
            return Err(ComplaintError::NoText { id: self.record.id });
        }
        Ok(self.record)
    }
}
