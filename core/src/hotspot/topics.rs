//! The hierarchy of topics: each topic's parent, when it has one.

use super::HotspotError;
use std::collections::BTreeMap;
use std::io::Read;

/// Parents of topics, from a table `code,name,parent`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topics {
    parent: BTreeMap<String, String>,
}

impl Topics {
    /// Reads the table; a header line names the columns. A topic that is above itself is an error.
    ///
    /// ```
    /// # use jiesu::hotspot::Topics;
    /// let topics = Topics::from_csv("code,name,parent\n0201,路灯,02\n0202,路面,02\n".as_bytes())?;
    /// assert_eq!(topics.parent("0201"), Some("02"));
    /// assert!(Topics::from_csv("code,parent\na,b\nb,a\n".as_bytes()).is_err());
    /// # Ok::<(), jiesu::hotspot::HotspotError>(())
    /// ```
    pub fn from_csv(source: impl Read) -> Result<Self, HotspotError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source);
        let bad = |line: u64, reason: String| HotspotError::Topics { line, reason };
        let header = reader.headers().map_err(|e| bad(1, e.to_string()))?.clone();
        let column = |name: &str| header.iter().position(|h| h.trim_start_matches('\u{feff}').trim() == name);
        let (Some(code), Some(parent)) = (column("code"), column("parent")) else {
            return Err(bad(1, "no column `code` or `parent`".into()));
        };
        let mut topics = Topics::default();
        for (i, row) in reader.records().enumerate() {
            let line = i as u64 + 2;
            let row = row.map_err(|e| bad(line, e.to_string()))?;
            let get = |c: usize| row.get(c).map(str::trim).unwrap_or_default();
            let (code, parent) = (get(code), get(parent));
            if code.is_empty() {
                return Err(bad(line, "no code".into()));
            }
            if parent.is_empty() {
                continue;
            }
            let mut above = Some(parent);
            while let Some(p) = above {
                if p == code {
                    return Err(bad(line, format!("topic {code} is above itself")));
                }
                above = topics.parent(p);
            }
            if topics.parent.insert(code.to_string(), parent.to_string()).is_some() {
                return Err(bad(line, format!("topic {code} is there twice")));
            }
        }
        Ok(topics)
    }

    /// The topic above this one.
    pub fn parent(&self, code: &str) -> Option<&str> {
        self.parent.get(code).map(String::as_str)
    }

    /// Whether some topic is above another that is above a third.
    pub(super) fn is_deep(&self) -> bool {
        self.parent.values().any(|p| self.parent.contains_key(p))
    }
}
