//! Reading records from JSONL and CSV: streaming, field mapping, and a reason for every line that cannot be used.

use super::{Complaint, ComplaintError, gcj02_to_wgs84};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::io::{self, BufRead, Read};

/// No record of a hotline is longer; a longer line is a broken file.
pub const MAX_RECORD: usize = 64 << 20;

/// One row of a file: its fields by name.
pub type Fields = Map<String, Value>;

/// File formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Jsonl,
    /// RFC 4180 with a header line.
    Csv,
}

impl Format {
    /// By extension: `.csv` is CSV, anything else JSONL.
    pub fn of_path(path: &str) -> Self {
        if path.to_ascii_lowercase().ends_with(".csv") { Format::Csv } else { Format::Jsonl }
    }
}

/// Text encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8 with or without BOM.
    #[default]
    Utf8,
    /// GB18030, which covers GBK and GB2312.
    Gb18030,
}

impl Encoding {
    fn decode<'b>(self, bytes: &'b [u8]) -> Result<Cow<'b, str>, String> {
        match self {
            Encoding::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(e) => Err(format!("invalid UTF-8 at byte {} (for GBK files give the encoding gb18030)", e.valid_up_to() + 1)),
            },
            Encoding::Gb18030 => {
                encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes).ok_or_else(|| "invalid GB18030".to_string())
            }
        }
    }
}

/// A line that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Line number, from 1.
    pub line: u64,
    /// Why, for a person.
    pub reason: String,
    /// The line as far as it could be decoded.
    pub raw: String,
    /// The reason is that a mapped field is not there.
    pub missing_field: bool,
}

impl Rejected {
    fn new(line: u64, reason: impl Into<String>, raw: impl Into<String>) -> Self {
        Rejected { line, reason: reason.into(), raw: raw.into(), missing_field: false }
    }
}

/// Rows of a file, one at a time; memory does not grow with the file.
///
/// ```
/// # use jiesu::complaint::{Encoding, Format, RowReader};
/// let file = "{\"id\":1}\nnot json\n\n{\"id\":2}\n";
/// let rows: Vec<_> = RowReader::new(file.as_bytes(), Format::Jsonl, Encoding::Utf8)?.collect::<Result<_, _>>()?;
/// assert_eq!(rows.len(), 3);
/// assert_eq!(rows[1].as_ref().map_err(|r| r.line).err(), Some(2));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct RowReader<R: BufRead> {
    source: Source<R>,
    encoding: Encoding,
}

/// A row with its line number.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Line number, from 1.
    pub line: u64,
    /// Its fields.
    pub fields: Fields,
}

enum Source<R: BufRead> {
    Jsonl { reader: R, line: u64, buffer: Vec<u8> },
    Csv { reader: Box<csv::Reader<Limited<R>>>, header: Vec<String>, record: csv::ByteRecord },
}

impl<R: BufRead> RowReader<R> {
    /// Starts reading; a CSV's header is read at once.
    pub fn new(mut reader: R, format: Format, encoding: Encoding) -> io::Result<Self> {
        if reader.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            reader.consume(3);
        }
        let source = match format {
            Format::Jsonl => Source::Jsonl { reader, line: 0, buffer: Vec::new() },
            Format::Csv => {
                let mut reader =
                    Box::new(csv::ReaderBuilder::new().flexible(true).from_reader(Limited { inner: reader, left: MAX_RECORD }));
                let mut header = Vec::new();
                for field in reader.byte_headers()? {
                    let name =
                        encoding.decode(field).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, format!("CSV header: {e}")))?;
                    header.push(name.trim().to_string());
                }
                Source::Csv { reader, header, record: csv::ByteRecord::new() }
            }
        };
        Ok(RowReader { source, encoding })
    }

    /// The column names of a CSV; empty for JSONL, whose rows name their own.
    pub fn header(&self) -> &[String] {
        match &self.source {
            Source::Csv { header, .. } => header,
            Source::Jsonl { .. } => &[],
        }
    }
}

impl<R: BufRead> Iterator for RowReader<R> {
    /// The outer error ends the file; the inner one only the line.
    type Item = io::Result<Result<Row, Rejected>>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.source {
            Source::Jsonl { reader, line, buffer } => loop {
                match read_line(reader, buffer) {
                    Err(e) => return Some(Err(e)),
                    Ok(Line::End) => return None,
                    Ok(Line::TooLong) => {
                        *line += 1;
                        return Some(Ok(Err(Rejected::new(*line, format!("line is longer than {MAX_RECORD} bytes"), ""))));
                    }
                    Ok(Line::Read) => *line += 1,
                }
                if buffer.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                return Some(Ok(parse_json(*line, buffer, self.encoding)));
            },
            Source::Csv { reader, header, record } => {
                reader.get_mut().left = MAX_RECORD;
                match reader.read_byte_record(record) {
                    Err(e) => Some(Err(e.into())),
                    Ok(false) => None,
                    Ok(true) => Some(Ok(parse_csv(record, header, self.encoding))),
                }
            }
        }
    }
}

fn parse_json(line: u64, bytes: &[u8], encoding: Encoding) -> Result<Row, Rejected> {
    let text = encoding.decode(bytes).map_err(|e| Rejected::new(line, e, String::from_utf8_lossy(bytes)))?;
    match serde_json::from_str::<Value>(&text) {
        Ok(Value::Object(fields)) => Ok(Row { line, fields }),
        Ok(_) => Err(Rejected::new(line, "not a JSON object", text)),
        Err(e) => Err(Rejected::new(line, format!("not JSON: {e}"), text)),
    }
}

fn parse_csv(record: &csv::ByteRecord, header: &[String], encoding: Encoding) -> Result<Row, Rejected> {
    let line = record.position().map_or(0, csv::Position::line);
    let raw = || record.iter().map(String::from_utf8_lossy).collect::<Vec<_>>().join(",");
    if record.len() != header.len() {
        return Err(Rejected::new(line, format!("{} columns, the header has {}", record.len(), header.len()), raw()));
    }
    let mut fields = Fields::new();
    for (name, value) in header.iter().zip(record) {
        let value = encoding.decode(value).map_err(|e| Rejected::new(line, format!("field `{name}`: {e}"), raw()))?;
        fields.insert(name.clone(), Value::String(value.into_owned()));
    }
    Ok(Row { line, fields })
}

enum Line {
    Read,
    TooLong,
    End,
}

/// Like `read_until`, but a line over [`MAX_RECORD`] is skipped instead of held.
fn read_line<R: BufRead>(reader: &mut R, buffer: &mut Vec<u8>) -> io::Result<Line> {
    buffer.clear();
    let mut any = false;
    let mut too_long = false;
    loop {
        let chunk = match reader.fill_buf() {
            Ok(chunk) => chunk,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        if chunk.is_empty() {
            return Ok(if too_long {
                Line::TooLong
            } else if any {
                Line::Read
            } else {
                Line::End
            });
        }
        any = true;
        let (part, done) = match chunk.iter().position(|&b| b == b'\n') {
            Some(n) => (n, true),
            None => (chunk.len(), false),
        };
        if buffer.len() + part > MAX_RECORD {
            too_long = true;
            buffer.clear();
        } else if !too_long {
            buffer.extend_from_slice(&chunk[..part]);
        }
        reader.consume(part + usize::from(done));
        if done {
            return Ok(if too_long { Line::TooLong } else { Line::Read });
        }
    }
}

/// Stops a CSV record (an unclosed quote, most likely) from swallowing the rest of the file.
struct Limited<R> {
    inner: R,
    left: usize,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.left = self.left.checked_sub(n).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, format!("a CSV record is longer than {MAX_RECORD} bytes: is a quote left open?"))
        })?;
        Ok(n)
    }
}

/// Which fields of a row make the record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    /// Fields of the text, joined by a newline; `None`: `text`, else `title` and `detail`.
    pub text: Option<Vec<String>>,
    /// Field of the id; `None`: `id` when there is one, else the line number.
    pub id: Option<String>,
    /// Field of the time; `None`: `received_at`.
    pub time: Option<String>,
    /// `lon`/`lat` are GCJ-02.
    pub gcj02: bool,
}

impl Mapping {
    /// Turns a row into a record.
    pub fn record(&self, row: &Row) -> Result<Complaint, Rejected> {
        let reject = |e: ComplaintError| Rejected::new(row.line, e.to_string(), Value::Object(row.fields.clone()).to_string());
        let missing = |name: &str| {
            let mut r = Rejected::new(row.line, missing_field(name, &row.fields), Value::Object(row.fields.clone()).to_string());
            r.missing_field = true;
            r
        };
        let id = match &self.id {
            Some(name) => string(row.fields.get(name).ok_or_else(|| missing(name))?),
            None => row.fields.get("id").and_then(string),
        };
        let mut builder = Complaint::builder(id.unwrap_or_else(|| row.line.to_string()));
        match &self.text {
            Some(names) => {
                let mut parts = Vec::with_capacity(names.len());
                for name in names {
                    parts.push(string(row.fields.get(name).ok_or_else(|| missing(name))?).unwrap_or_default());
                }
                builder = match parts.as_slice() {
                    [only] => builder.text(only.as_str()),
                    [title, rest @ ..] => builder.title(title.as_str()).text(rest.join("\n")),
                    [] => builder,
                };
            }
            None => match (row.fields.get("text").and_then(string), row.fields.get("title"), row.fields.get("detail")) {
                (Some(text), _, _) => builder = builder.text(text),
                (None, None, None) if !row.fields.contains_key("text") => return Err(missing("text")),
                (None, title, detail) => {
                    builder = builder.title(title.and_then(string).unwrap_or_default()).text(detail.and_then(string).unwrap_or_default());
                }
            },
        }
        let time_name = self.time.as_deref().unwrap_or("received_at");
        match row.fields.get(time_name) {
            None if self.time.is_some() => return Err(missing(time_name)),
            None => {}
            Some(value) => {
                if let Some(time) = string(value) {
                    builder = builder.received_at(&time).map_err(reject)?;
                }
            }
        }
        if let (Some(lon), Some(lat)) = (number(row.fields.get("lon")), number(row.fields.get("lat"))) {
            let (lon, lat) = if self.gcj02 { gcj02_to_wgs84(lon, lat) } else { (lon, lat) };
            builder = builder.point(lon, lat).map_err(reject)?;
        }
        let field = |name: &str| row.fields.get(name).and_then(string);
        builder
            .with(|c| {
                c.channel = field("channel");
                c.caller = field("caller");
                c.address = field("address");
                c.area = field("area");
                c.topic = field("topic");
                c.unit = field("unit");
                c.status = field("status");
                c.reply = field("reply");
                c.satisfied = row.fields.get("satisfied").and_then(truth);
            })
            .build()
            .map_err(reject)
    }

    /// A text field of a row, such as a label; rejected with the names that exist when it is not there.
    pub fn field(row: &Row, name: &str) -> Result<String, Rejected> {
        row.fields.get(name).and_then(string).ok_or_else(|| {
            let mut r = Rejected::new(row.line, missing_field(name, &row.fields), Value::Object(row.fields.clone()).to_string());
            r.missing_field = !row.fields.contains_key(name);
            r
        })
    }
}

fn missing_field(name: &str, fields: &Fields) -> String {
    if fields.contains_key(name) {
        return format!("field `{name}` is empty");
    }
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    format!("no field `{name}`; the fields are: {}", names.join(", "))
}

/// A value as text; `None` for null and for blank text.
fn string(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(s) if s.trim().is_empty() => None,
        Value::String(s) => Some(s.clone()),
        other => Some(other.to_string()),
    }
}

fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Number(n) => n.as_f64(),
        Value::String(s) => s.trim().parse().ok(),
        _ => None,
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        Value::Number(n) => n.as_f64().map(|n| n != 0.0),
        Value::String(s) => match s.trim() {
            "1" | "true" | "True" | "是" | "满意" | "yes" => Some(true),
            "0" | "false" | "False" | "否" | "不满意" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[u8], format: Format, encoding: Encoding, mapping: &Mapping) -> Vec<Result<Complaint, Rejected>> {
        RowReader::new(file, format, encoding).unwrap().map(|r| r.unwrap().and_then(|row| mapping.record(&row))).collect()
    }

    #[test]
    fn jsonl_with_bad_lines() {
        let file = b"\xef\xbb\xbf{\"id\":7,\"text\":\"a\"}\n[1]\n{\"id\":\"x\"\n\n\xff\n{\"id\":\"8\",\"title\":\"t\",\"detail\":\"d\",\"received_at\":\"2026-01-05\"}\r\n{\"id\":\"9\",\"text\":\" \"}\n{\"id\":\"10\",\"text\":\"b\",\"received_at\":\"soon\"}";
        let got = read(file, Format::Jsonl, Encoding::Utf8, &Mapping::default());
        let lines: Vec<_> = got.iter().map(|r| r.as_ref().map(|c| c.id.as_str()).map_err(|e| e.line)).collect();
        assert_eq!(lines, [Ok("7"), Err(2), Err(3), Err(5), Ok("8"), Err(7), Err(8)]);
        let c = got[4].as_ref().unwrap();
        assert_eq!((c.text.as_str(), c.title()), ("t\nd", Some("t")));
    }

    #[test]
    fn csv_in_gb18030_with_mapping() {
        let (file, _, _) = encoding_rs::GB18030.encode("编号,标题,内容\n1,路灯,\"不亮,三天\n了\"\n2,短\n3,井盖,丢失\n");
        let mapping = Mapping { text: Some(vec!["标题".into(), "内容".into()]), id: Some("编号".into()), ..Mapping::default() };
        let got = read(&file, Format::Csv, Encoding::Gb18030, &mapping);
        assert_eq!(got[0].as_ref().unwrap().text, "路灯\n不亮,三天\n了");
        assert_eq!(got[1].as_ref().unwrap_err().line, 4);
        assert_eq!(got[2].as_ref().unwrap().id, "3");
    }

    #[test]
    fn wrong_field_names_say_which_exist() {
        let mapping = Mapping { text: Some(vec!["content".into()]), ..Mapping::default() };
        let got = read(b"{\"id\":1,\"body\":\"x\"}", Format::Jsonl, Encoding::Utf8, &mapping);
        let e = got[0].as_ref().unwrap_err();
        assert!(e.missing_field && e.reason.contains("no field `content`") && e.reason.contains("body"), "{}", e.reason);
    }

    #[test]
    fn a_huge_line_is_skipped_not_held() {
        let mut file = vec![b'x'; MAX_RECORD + 10];
        file.extend_from_slice(b"\n{\"id\":1,\"text\":\"a\"}\n");
        let got = read(&file, Format::Jsonl, Encoding::Utf8, &Mapping::default());
        assert!(got[0].is_err() && got[1].is_ok());
    }
}
