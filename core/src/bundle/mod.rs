//! One versioned, checksummed file that holds everything an engine knows: named sections, each with the notice of its source.
//!
//! Layout (little endian): magic `JIESU\r\n\x1a`, format version `u32`, body length `u64`, CRC-32 of the body `u32`, body. The body is the
//! postcard encoding of the list of sections. A section's payload is the postcard encoding of the room's own type, which checks its
//! invariants when it is turned into a model. Hostile bytes give a [`BundleError`], never a panic or an allocation beyond the file's size.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::path::Path;
use thiserror::Error;

const MAGIC: [u8; 8] = *b"JIESU\r\n\x1a";
const HEADER: usize = 8 + 4 + 8 + 4;
/// The format this build writes, and the only one it reads.
pub const VERSION: u32 = 1;

/// The default bundle's file. `core/beijing.jiesu` is a link to what `make models` builds, so that the two never differ; `cargo package`
/// puts the file in its place.
#[cfg(feature = "embed")]
pub const EMBEDDED: &[u8] = include_bytes!("../../beijing.jiesu");

/// Why a bundle could not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Not a bundle at all.
    #[error("not a jiesu bundle: the first bytes are not the magic")]
    Magic,
    /// Written by another version of the format.
    #[error("bundle format {found} is not the supported format {VERSION}")]
    Version {
        /// The version in the file.
        found: u32,
    },
    /// Shorter or longer than its header says.
    #[error("bundle holds {found} bytes after its header, which says {expected}")]
    Length {
        /// Bytes the header announces.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The body is not what was written.
    #[error("bundle checksum is {found:08x}, expected {expected:08x}: the file is damaged")]
    Checksum {
        /// CRC-32 in the header.
        expected: u32,
        /// CRC-32 of the body.
        found: u32,
    },
    /// A section is needed but not there.
    #[error("bundle has no section `{0}`")]
    Missing(String),
    /// A section does not decode or breaks an invariant.
    #[error("bundle section `{section}` is malformed: {reason}")]
    Malformed {
        /// Which section.
        section: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The file could not be read or written.
    #[error("bundle file {path}: {source}")]
    Io {
        /// The path asked for.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl BundleError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            BundleError::Magic => "bundle.magic",
            BundleError::Version { .. } => "bundle.version",
            BundleError::Length { .. } => "bundle.length",
            BundleError::Checksum { .. } => "bundle.checksum",
            BundleError::Missing(_) => "bundle.missing",
            BundleError::Malformed { .. } => "bundle.malformed",
            BundleError::Io { .. } => "bundle.io",
        }
    }

    /// A [`BundleError::Malformed`] for an invariant that does not hold.
    pub fn malformed(section: &str, reason: impl std::fmt::Display) -> Self {
        BundleError::Malformed { section: section.to_string(), reason: reason.to_string() }
    }
}

/// What a bundle is built from, and for whom.
#[cfg(feature = "train")]
#[derive(Debug, Clone, Copy)]
pub struct Recipe<'a> {
    /// Folder of dictionary, taxonomy, catalogue, gazetteer, corpus.
    pub models: &'a Path,
    /// Folder of hotline rows, labels and geography; without it only `models` is learned from.
    pub shared: Option<&'a Path>,
    /// Whether every row whose split is `valid` is left out.
    pub train_only: bool,
    /// Whether it goes over the wire to a browser: the same rooms learned from the same rows, but smaller.
    pub slim: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Section {
    name: String,
    notice: String,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
}

/// A set of named sections.
///
/// ```
/// # use jiesu::bundle::Bundle;
/// let mut bundle = Bundle::default();
/// bundle.insert("greeting", &vec!["你好".to_string()], "own work")?;
/// let read = Bundle::from_bytes(&bundle.to_bytes()?)?;
/// assert_eq!(read.get::<Vec<String>>("greeting")?, ["你好"]);
/// # Ok::<(), jiesu::bundle::BundleError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    sections: Vec<Section>,
}

impl Bundle {
    /// Reads a bundle from a file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, BundleError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| BundleError::Io { path: path.display().to_string(), source })?;
        Self::from_bytes(&bytes)
    }

    /// Reads a bundle from bytes, checking magic, version, length and checksum.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BundleError> {
        let (Some(magic), Some(header)) = (bytes.get(..8), bytes.get(8..HEADER)) else {
            return Err(BundleError::Magic);
        };
        if magic != MAGIC {
            return Err(BundleError::Magic);
        }
        let field = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        if field(0) != VERSION {
            return Err(BundleError::Version { found: field(0) });
        }
        let expected = u64::from(field(4)) | u64::from(field(8)) << 32;
        let body = &bytes[HEADER..];
        if body.len() as u64 != expected {
            return Err(BundleError::Length { expected, found: body.len() as u64 });
        }
        let found = crc32fast::hash(body);
        if found != field(12) {
            return Err(BundleError::Checksum { expected: field(12), found });
        }
        let sections = decode("sections", body)?;
        Ok(Bundle { sections })
    }

    /// The file's bytes; the same sections always give the same bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BundleError> {
        let body = encode("sections", &self.sections)?;
        let mut out = Vec::with_capacity(HEADER + body.len());
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&(body.len() as u64).to_le_bytes());
        out.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
        out.extend_from_slice(&body);
        Ok(out)
    }

    /// Writes the file (to a temporary name first, so that a reader never sees half of it).
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), BundleError> {
        let path = path.as_ref();
        let io = |source| BundleError::Io { path: path.display().to_string(), source };
        let mut half = path.as_os_str().to_owned();
        half.push(".part");
        std::fs::write(&half, self.to_bytes()?).map_err(io)?;
        std::fs::rename(&half, path).map_err(io)
    }

    /// Adds or replaces a section; `notice` names its source and licence.
    pub fn insert<T: Serialize>(&mut self, name: &str, value: &T, notice: &str) -> Result<(), BundleError> {
        let bytes = encode(name, value)?;
        self.remove(name);
        self.sections.push(Section { name: name.to_string(), notice: notice.to_string(), bytes });
        Ok(())
    }

    /// Adds or replaces all sections of another bundle.
    pub fn absorb(&mut self, other: Bundle) {
        for section in other.sections {
            self.remove(&section.name);
            self.sections.push(section);
        }
    }

    /// Takes a section out; true when it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.sections.len();
        self.sections.retain(|s| s.name != name);
        self.sections.len() < before
    }

    /// Whether a section is there.
    pub fn has(&self, name: &str) -> bool {
        self.sections.iter().any(|s| s.name == name)
    }

    /// The notice of a section; empty when it is not there.
    pub fn notice(&self, name: &str) -> &str {
        self.sections.iter().find(|s| s.name == name).map_or("", |s| s.notice.as_str())
    }

    /// Decodes a section; an error when it is missing.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T, BundleError> {
        self.find(name)?.ok_or_else(|| BundleError::Missing(name.to_string()))
    }

    /// Decodes a section if it is there.
    pub fn find<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, BundleError> {
        match self.sections.iter().find(|s| s.name == name) {
            Some(s) => decode(name, &s.bytes).map(Some),
            None => Ok(None),
        }
    }

    /// Name, size in bytes and notice of every section, in file order.
    pub fn sections(&self) -> impl Iterator<Item = (&str, usize, &str)> {
        self.sections.iter().map(|s| (s.name.as_str(), s.bytes.len(), s.notice.as_str()))
    }
}

fn encode<T: Serialize + ?Sized>(section: &str, value: &T) -> Result<Vec<u8>, BundleError> {
    postcard::to_allocvec(value).map_err(|e| BundleError::malformed(section, e))
}

fn decode<T: DeserializeOwned>(section: &str, bytes: &[u8]) -> Result<T, BundleError> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(BundleError::malformed(section, format_args!("{} bytes left over", rest.len()))),
        Err(e) => Err(BundleError::malformed(section, e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut b = Bundle::default();
        b.insert("a", &vec![1u32, 2, 300], "own").unwrap();
        b.insert("b", &"文字".to_string(), "own").unwrap();
        b.to_bytes().unwrap()
    }

    #[test]
    fn every_truncation_and_bit_flip_is_an_error() {
        let good = sample();
        for n in 0..good.len() {
            assert!(Bundle::from_bytes(&good[..n]).is_err(), "cut at {n}");
        }
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(Bundle::from_bytes(&bad).is_err(), "bit {bit}");
        }
        let mut longer = good.clone();
        longer.push(0);
        assert!(matches!(Bundle::from_bytes(&longer), Err(BundleError::Length { .. })));
    }

    #[test]
    fn a_lying_length_prefix_is_an_error_not_an_allocation() {
        // A body with a valid checksum that announces 2^60 sections.
        let body = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
        bytes.extend_from_slice(&body);
        assert!(matches!(Bundle::from_bytes(&bytes), Err(BundleError::Malformed { .. })));
    }

    #[cfg(feature = "embed")]
    #[test]
    fn what_is_embedded_is_the_default_bundle() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/beijing.jiesu");
        assert!(EMBEDDED == std::fs::read(path).unwrap());
        assert!(crate::engine::Engine::embedded().is_ok());
    }

    #[test]
    fn a_wrong_type_is_malformed() {
        let b = Bundle::from_bytes(&sample()).unwrap();
        assert!(matches!(b.get::<String>("a"), Err(BundleError::Malformed { .. })));
        assert!(matches!(b.get::<String>("c"), Err(BundleError::Missing(_))));
    }
}
