//! Reports of illegal acts (举报).

use super::{Intake, Reading, reading::Group};

impl Intake {
    /// Whether the text says that it reports an illegal act (举报), to be set beside the type 投诉. A report hotline or a report made
    /// earlier in vain is only mentioned, it is none.
    pub fn report(&self, reading: &Reading<'_>) -> bool {
        let text = reading.text();
        reading.of(Group::Report).iter().any(|h| {
            let after = text.get(h.end as usize..).unwrap_or_default();
            !["电话", "热线", "邮箱", "无", "没用", "没人", "过", "了", "多次"].iter().any(|w| after.starts_with(w))
        })
    }
}
