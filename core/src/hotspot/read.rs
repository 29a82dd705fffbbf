//! Reading events: streaming, bad lines told by number.

use super::{Event, EventLog, HotspotError};
use crate::complaint::{Encoding, Format, Rejected, RowReader};
use std::io::BufRead;

/// No event is longer; a longer line is a broken file.
const MAX_LINE: usize = 16 << 20;

/// Reads events into a log. Lines that cannot be used go to `reject`, which may stop the reading by an error.
///
/// ```
/// # use jiesu::hotspot::{read_events, HotspotError};
/// # use jiesu::complaint::Format;
/// let file = "{\"id\":1,\"time\":\"2026-01-05\",\"area\":\"a\",\"topic\":\"t\"}\nnonsense\n";
/// let mut bad = Vec::new();
/// let log = read_events(file.as_bytes(), Format::Jsonl, |r| {
///     bad.push(r.line);
///     Ok(())
/// })?;
/// assert_eq!((log.len(), bad), (1, vec![2]));
/// # Ok::<(), HotspotError>(())
/// ```
pub fn read_events(
    mut source: impl BufRead,
    format: Format,
    mut reject: impl FnMut(Rejected) -> Result<(), HotspotError>,
) -> Result<EventLog, HotspotError> {
    let mut log = EventLog::default();
    let mut take = |number: u64, text: &str| -> Option<Rejected> {
        let e = Event::from_json(text).and_then(|e| log.push(&e)).err()?;
        Some(Rejected { line: number, reason: e.to_string(), raw: text.to_string(), missing_field: false })
    };
    if format == Format::Csv {
        for row in RowReader::new(source, Format::Csv, Encoding::Utf8)? {
            match row? {
                Ok(mut row) => {
                    row.fields.retain(|_, v| v.as_str() != Some(""));
                    let text = serde_json::Value::Object(row.fields).to_string();
                    take(row.line, &text).map_or(Ok(()), &mut reject)?;
                }
                Err(rejected) => reject(rejected)?,
            }
        }
        return Ok(log);
    }
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        let read = std::io::Read::take(&mut source, MAX_LINE as u64).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(log);
        }
        number += 1;
        if read == MAX_LINE && !line.ends_with(b"\n") {
            source.skip_until(b'\n')?;
            let reason = format!("line is longer than {MAX_LINE} bytes");
            reject(Rejected { line: number, reason, raw: String::new(), missing_field: false })?;
            continue;
        }
        let text = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 1).unwrap_or(&line);
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let rejected = match std::str::from_utf8(text) {
            Ok(text) => take(number, text.trim_end()),
            Err(e) => Some(Rejected {
                line: number,
                reason: format!("invalid UTF-8 at byte {}", e.valid_up_to() + 1),
                raw: String::from_utf8_lossy(text).into_owned(),
                missing_field: false,
            }),
        };
        rejected.map_or(Ok(()), &mut reject)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_bom_blank_and_broken_lines() {
        let csv = "id,time,area,topic,caller\n1,2026-01-05,a,t,\n2,never,a,t,c\n";
        let mut bad = Vec::new();
        let log = read_events(csv.as_bytes(), Format::Csv, |r| {
            bad.push((r.line, r.reason));
            Ok(())
        })
        .unwrap();
        assert_eq!((log.len(), bad.len(), bad[0].0), (1, 1, 3));
        let mut jsonl = b"\xef\xbb\xbf{\"id\":1,\"time\":\"2026-01-05\",\"topic\":\"t\"}\n\n\xff\xfe\n".to_vec();
        jsonl.extend(vec![b'x'; MAX_LINE + 5]);
        let mut bad = Vec::new();
        let log = read_events(jsonl.as_slice(), Format::Jsonl, |r| {
            bad.push(r.line);
            Ok(())
        })
        .unwrap();
        assert_eq!((log.len(), bad), (1, vec![3, 4]));
        assert_eq!(log.get(0), None, "no area: counted, not scanned");
    }

    #[test]
    fn strict_stops() {
        let r = read_events("x\n".as_bytes(), Format::Jsonl, |r| Err(HotspotError::Event(r.reason)));
        assert!(r.is_err());
    }
}
