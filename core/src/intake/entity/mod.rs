//! Things named in a text: places, lines, plates, shops and firms, amounts, dates and durations, people, order numbers.
//!
//! Kinds: `road`, `estate`, `building`, `unit`, `room`, `bus_line`, `metro_line`, `plate`, `shop`, `amount` (yuan), `date` (ISO day, month or
//! year), `time` (HH:MM), `duration` (ISO 8601), `people`, `order`.

mod date;
mod name;
mod number;

use super::{Intake, Reading, numeral};
use crate::complaint::{Day, Entity, PiiKind};

/// A find in bytes of the normal form.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    kind: &'static str,
    start: usize,
    end: usize,
    value: Option<String>,
}

impl Intake {
    /// Entities in order of their start, without overlaps; dates become absolute when the day of receipt is known. Spans are bytes of
    /// the source. Linear in the text's length.
    pub fn entities(&self, reading: &Reading<'_>, received: Option<Day>) -> Vec<Entity> {
        let text = reading.text();
        let mut found = Vec::new();
        for p in &reading.pii {
            let normal = reading.prepared.normal.normal_offset(p.start)..reading.prepared.normal.normal_offset(p.end);
            let value = (p.kind == PiiKind::Plate).then(|| plate_value(&p.text));
            // Other personal data is no entity, but its digits are no amounts either.
            let kind = if p.kind == PiiKind::Plate { "plate" } else { "" };
            found.push(Found { kind, start: normal.start, end: normal.end, value });
        }
        orders(reading, &mut found);
        name::find(reading, &mut found);
        let mut taken: Vec<(usize, usize)> = found.iter().map(|f| (f.start, f.end)).collect();
        taken.sort_unstable();
        let mut at = 0;
        while let Some(c) = text.get(at..).and_then(|t| t.chars().next()) {
            let covered = taken.partition_point(|t| t.1 <= at);
            if let Some(t) = taken.get(covered).filter(|t| t.0 <= at) {
                at = t.1;
                continue;
            }
            let one = if numeral::may_begin(c) { number::at(text, at, received, &mut found) } else { None };
            let next = one.or_else(|| date::word_at(text, at, c, received, &mut found));
            at = next.unwrap_or(at + c.len_utf8());
        }
        found.retain(|f| !f.kind.is_empty());
        found.sort_by(|a, b| a.start.cmp(&b.start).then(b.end.cmp(&a.end)));
        let mut end = 0;
        found.retain(|f| {
            let free = f.start >= end;
            if free {
                end = f.end;
            }
            free
        });
        let entity = |f: Found| {
            let span = reading.prepared.source_span(f.start, f.end);
            let surface = reading.source.get(span.start..span.end)?;
            Some(Entity { kind: f.kind.to_string(), text: surface.to_string(), start: span.start, end: span.end, value: f.value })
        };
        found.into_iter().filter_map(entity).collect()
    }
}

fn plate_value(surface: &str) -> String {
    crate::text::normalize(surface).text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Numbers of earlier orders: eight digits or more after 工单编号 and the like.
fn orders(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for (start, end) in super::boilerplate::quoted_orders(reading) {
        let value = reading.text().get(start..end).map(str::to_string);
        found.push(Found { kind: "order", start, end, value });
    }
}

#[cfg(test)]
mod tests;
