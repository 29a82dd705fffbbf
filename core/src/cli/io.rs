//! Files in and out, the same for every subcommand.

use super::{Failure, Outcome};
use crate::bundle::Bundle;
use crate::complaint::{Complaint, Encoding, Format, Mapping, Rejected, Row, RowReader};
use crate::dispatch::{Catalogue, History};
use crate::engine::Engine;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// Flags of every command that reads records.
#[derive(clap::Args, Debug, Clone)]
pub(crate) struct InputArgs {
    /// Records: .jsonl or .csv by extension; `-` is stdin as JSONL
    #[arg(long)]
    pub(crate) input: String,
    /// Fields of the text, joined by a newline [default: text, else title,detail]
    #[arg(long, value_delimiter = ',')]
    pub(crate) text: Option<Vec<String>>,
    /// Field of the id [default: id, else the line number]
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// Field of the time [default: received_at]
    #[arg(long)]
    pub(crate) time: Option<String>,
    /// Datum of lon and lat
    #[arg(long, value_enum, default_value = "wgs84")]
    pub(crate) datum: Datum,
    /// Encoding of the input
    #[arg(long, value_enum, default_value = "utf8")]
    pub(crate) encoding: EncodingArg,
    /// Write rejected lines here, with line number and reason
    #[arg(long)]
    pub(crate) rejects: Option<PathBuf>,
    /// Stop at the first bad line
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Datum {
    Wgs84,
    Gcj02,
}

#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EncodingArg {
    #[value(alias = "utf-8")]
    Utf8,
    #[value(aliases = ["gbk", "gb2312"])]
    Gb18030,
}

impl InputArgs {
    /// The defaults of the command line, for commands with flags of their own.
    pub(crate) fn of(input: String) -> Self {
        let (datum, encoding) = (Datum::Wgs84, EncodingArg::Utf8);
        InputArgs { input, text: None, id: None, time: None, datum, encoding, rejects: None, strict: false }
    }

    /// Opens the input as records.
    pub(crate) fn open(&self) -> Result<Records, Failure> {
        let encoding = match self.encoding {
            EncodingArg::Utf8 => Encoding::Utf8,
            EncodingArg::Gb18030 => Encoding::Gb18030,
        };
        let bar = progress(&self.input);
        let (reader, format): (Box<dyn BufRead>, Format) = if self.input == "-" {
            (Box::new(BufReader::with_capacity(1 << 16, io::stdin())), Format::Jsonl)
        } else {
            let file = File::open(&self.input).map_err(|e| Failure(format!("{}: {e}", self.input)))?;
            (Box::new(BufReader::with_capacity(1 << 16, Counting { inner: file, bar: bar.clone() })), Format::of_path(&self.input))
        };
        let rows = RowReader::new(reader, format, encoding).map_err(|e| Failure(format!("{}: {e}", self.input)))?;
        let mapping = Mapping { text: self.text.clone(), id: self.id.clone(), time: self.time.clone(), gcj02: self.datum == Datum::Gcj02 };
        if !rows.header().is_empty() {
            check_header(rows.header(), &mapping)?;
        }
        let rejects = self.rejects.as_deref().map(|p| Output::create(p, Some(&self.input))).transpose()?;
        Ok(Records {
            rows,
            mapping,
            rejects,
            strict: self.strict,
            bar,
            missing_only: true,
            outcome: Outcome::default(),
            last_missing: None,
        })
    }
}

/// A CSV without a mapped column cannot be run at all.
fn check_header(header: &[String], mapping: &Mapping) -> Result<(), Failure> {
    let wanted = mapping.text.iter().flatten().chain(&mapping.id).chain(&mapping.time);
    for name in wanted {
        if !header.contains(name) {
            return Err(Failure(format!("no column `{name}`; the columns are: {}", header.join(", "))));
        }
    }
    if mapping.text.is_none() && !["text", "title", "detail"].iter().any(|n| header.iter().any(|h| h == n)) {
        return Err(Failure(format!(
            "no column `text`, `title` or `detail`: name the text with --text; the columns are: {}",
            header.join(", ")
        )));
    }
    Ok(())
}

/// Records of a file; bad lines are reported and counted on the way.
pub(crate) struct Records {
    rows: RowReader<Box<dyn BufRead>>,
    mapping: Mapping,
    rejects: Option<Output>,
    strict: bool,
    bar: ProgressBar,
    missing_only: bool,
    last_missing: Option<String>,
    outcome: Outcome,
}

/// At most this many bad lines are told one by one on stderr; all are counted and go to --rejects.
const TOLD: u64 = 20;

impl Records {
    /// The next good record and the row it came from.
    pub(crate) fn next(&mut self) -> Result<Option<(Row, Complaint)>, Failure> {
        while let Some(row) = self.next_row()? {
            match self.mapping.record(&row) {
                Ok(record) => {
                    self.outcome.accepted += 1;
                    return Ok(Some((row, record)));
                }
                Err(rejected) => self.report(rejected)?,
            }
        }
        Ok(None)
    }

    /// The next row that could be parsed, not yet mapped (and not counted as accepted).
    pub(crate) fn next_row(&mut self) -> Result<Option<Row>, Failure> {
        for row in self.rows.by_ref() {
            match row? {
                Ok(row) => return Ok(Some(row)),
                Err(rejected) => {
                    // A borrow of self.rows is live here, so the report is inlined below.
                    report(
                        rejected,
                        &mut self.outcome,
                        &mut self.missing_only,
                        &mut self.last_missing,
                        &mut self.rejects,
                        self.strict,
                        &self.bar,
                    )?;
                }
            }
        }
        Ok(None)
    }

    /// Up to `n` records; empty at the end.
    pub(crate) fn batch(&mut self, n: usize) -> Result<Vec<Complaint>, Failure> {
        let mut out = Vec::with_capacity(n);
        while out.len() < n {
            match self.next()? {
                Some((_, record)) => out.push(record),
                None => break,
            }
        }
        Ok(out)
    }

    /// Takes back the record that [`Records::next`] gave last: the command cannot use it (a missing label, say).
    pub(crate) fn reject(&mut self, rejected: Rejected) -> Result<(), Failure> {
        self.outcome.accepted = self.outcome.accepted.saturating_sub(1);
        self.report(rejected)
    }

    fn report(&mut self, rejected: Rejected) -> Result<(), Failure> {
        report(rejected, &mut self.outcome, &mut self.missing_only, &mut self.last_missing, &mut self.rejects, self.strict, &self.bar)
    }

    /// Counts, once the input is read; an error when no row had the mapped fields.
    pub(crate) fn finish(self) -> Result<Outcome, Failure> {
        self.bar.finish_and_clear();
        if let Some(rejects) = self.rejects {
            rejects.finish()?;
        }
        if self.outcome.rejected > 0 {
            eprintln!("jiesu: {} records used, {} rejected", self.outcome.accepted, self.outcome.rejected);
        }
        match self.last_missing {
            Some(reason) if self.outcome.accepted == 0 && self.missing_only => Err(Failure(format!("no record could be read: {reason}"))),
            _ => Ok(self.outcome),
        }
    }
}

fn report(
    rejected: Rejected,
    outcome: &mut Outcome,
    missing_only: &mut bool,
    last_missing: &mut Option<String>,
    rejects: &mut Option<Output>,
    strict: bool,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    outcome.rejected += 1;
    let message = format!("line {}: {}", rejected.line, rejected.reason);
    if strict {
        return Err(Failure(message));
    }
    if outcome.rejected <= TOLD {
        bar.suspend(|| eprintln!("jiesu: {message}"));
    }
    if rejected.missing_field {
        *last_missing = Some(rejected.reason.clone());
    } else {
        *missing_only = false;
    }
    if let Some(out) = rejects {
        out.line(&serde_json::json!({"line": rejected.line, "reason": rejected.reason, "raw": rejected.raw}).to_string())?;
    }
    Ok(())
}

/// A JSONL file that only ever holds whole lines: what is written by the time of a Ctrl-C, or before the disk was full, is valid.
pub(crate) struct Output {
    path: String,
    sink: Sink,
    buffer: Vec<u8>,
    written: u64,
}

enum Sink {
    File(File),
    Stdout(io::Stdout),
}

const FLUSH_AT: usize = 1 << 16;

/// Held while lines are written, so that an interrupt does not cut one.
static WRITING: Mutex<()> = Mutex::new(());

/// Ends the process between two writes, or when one hangs for two seconds.
pub(crate) fn interrupted() {
    for _ in 0..200 {
        if let Ok(_between) = WRITING.try_lock() {
            std::process::exit(INTERRUPTED);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    std::process::exit(INTERRUPTED)
}

/// What a shell says of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// A line of text for people, on stdout.
pub(crate) fn say(line: std::fmt::Arguments<'_>) -> Result<(), Failure> {
    let _whole = WRITING.lock();
    writeln!(io::stdout(), "{line}").map_err(|e| Failure::writing("stdout", e))
}

impl Output {
    /// Creates the file; `-` is stdout. An output that is the input itself is refused.
    pub(crate) fn create(path: &Path, input: Option<&str>) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let sink = if name == "-" {
            Sink::Stdout(io::stdout())
        } else {
            let same = |i: &str| matches!((std::fs::canonicalize(i), std::fs::canonicalize(path)), (Ok(a), Ok(b)) if a == b);
            if input.is_some_and(same) {
                return Err(Failure(format!("{name} is the input: choose another output")));
            }
            Sink::File(File::create(path).map_err(|e| Failure(format!("{name}: {e}")))?)
        };
        Ok(Output { path: name, sink, buffer: Vec::with_capacity(2 * FLUSH_AT), written: 0 })
    }

    /// Adds a line (without its newline).
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Failure> {
        self.buffer.extend_from_slice(line.as_bytes());
        self.buffer.push(b'\n');
        if self.buffer.len() >= FLUSH_AT { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let _whole = WRITING.lock();
        let result = match &mut self.sink {
            Sink::File(file) => {
                let result = file.write_all(&self.buffer);
                if result.is_err() {
                    // Back to the last whole line: a half line would not be JSON.
                    let _ = file.set_len(self.written);
                    let _ = file.seek(io::SeekFrom::Start(self.written));
                }
                result
            }
            Sink::Stdout(out) => out.write_all(&self.buffer).and_then(|()| out.flush()),
        };
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        result.map_err(|e| Failure::writing(&self.path, e))
    }

    /// Writes what is left.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.flush()
    }
}

/// Counts bytes for the progress bar.
struct Counting {
    inner: File,
    bar: ProgressBar,
}

impl Read for Counting {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.bar.inc(n as u64);
        Ok(n)
    }
}

fn progress(input: &str) -> ProgressBar {
    let size = std::fs::metadata(input).map(|m| m.len()).unwrap_or(0);
    if !io::stderr().is_terminal() || size < 1 << 20 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(size);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}") {
        bar.set_style(style);
    }
    bar
}

/// The default bundle of a host that brings its own (the Python package).
pub(crate) static HOST_BUNDLE: OnceLock<PathBuf> = OnceLock::new();

/// The bundle named on the command line, or the default one.
pub(crate) fn open_bundle(path: Option<&Path>) -> Result<Bundle, Failure> {
    if let Some(path) = path.or(HOST_BUNDLE.get().map(PathBuf::as_path)).map(Path::to_path_buf).or_else(default_bundle) {
        return Ok(Bundle::open(path)?);
    }
    #[cfg(feature = "embed")]
    return Ok(Bundle::from_bytes(crate::bundle::EMBEDDED)?);
    #[cfg(not(feature = "embed"))]
    Err(Failure("no default bundle found: build it with `make models`, or give --bundle".to_string()))
}

/// The engine over a bundle, with past orders and another catalogue when they are named.
pub(crate) fn open_engine(bundle: Option<&Path>, history: Option<&Path>, catalogue: Option<&Path>) -> Result<Engine, Failure> {
    let mut engine = Engine::from_bundle(&open_bundle(bundle)?)?;
    if let Some(dir) = history {
        engine = engine.with_history(History::open(dir)?)?;
    }
    if let Some(path) = catalogue {
        let text = std::fs::read_to_string(path).map_err(|e| Failure(format!("{}: {e}", path.display())))?;
        engine = engine.with_catalogue(Catalogue::from_csv(&text)?)?;
    }
    Ok(engine)
}

/// `models/beijing.jiesu` above the program, else in the source tree it was built from.
fn default_bundle() -> Option<PathBuf> {
    const NAME: &str = "models/beijing.jiesu";
    let exe = std::env::current_exe().ok().and_then(|p| std::fs::canonicalize(p).ok());
    let above = exe.iter().flat_map(|p| p.ancestors().skip(1)).map(|dir| dir.join(NAME)).find(|p| p.is_file());
    above.or_else(|| Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(NAME)).filter(|p| p.is_file()))
}
