//! Runs of digits as people write them: groups with blanks, dashes or dots between.

/// A digit spoken in Chinese, as ASCII.
pub(super) fn spoken(c: char) -> Option<u8> {
    Some(match c {
        '零' | '〇' => b'0',
        '一' | '幺' | '壹' => b'1',
        '二' | '两' | '贰' => b'2',
        '三' | '叁' => b'3',
        '四' | '肆' => b'4',
        '五' | '伍' => b'5',
        '六' | '陆' => b'6',
        '七' | '柒' | '拐' => b'7',
        '八' | '捌' => b'8',
        '九' | '玖' => b'9',
        _ => return None,
    })
}

/// One unbroken run of digits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What stands before it: `\0` nothing, else a blank, `-`, `.` or `)`.
    pub(super) before: char,
}

impl Group {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }
}

/// Groups of digits from `at` (a digit) on; at most 24 groups.
pub(super) fn groups(text: &str, at: usize, stop: usize) -> Vec<Group> {
    let bytes = text.as_bytes();
    let run = |from: usize| from + bytes.get(from..stop).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
    let mut out = vec![Group { start: at, end: run(at), before: '\0' }];
    let mut end = run(at);
    while out.len() < 24 {
        let Some((before, next)) = separator(text, end) else { break };
        let to = run(next);
        if to == next {
            break;
        }
        out.push(Group { start: next, end: to, before });
        end = to;
    }
    out
}

/// A separator at `at` and where the text goes on after it.
fn separator(text: &str, at: usize) -> Option<(char, usize)> {
    let mut kind = None;
    let mut next = at;
    for c in text.get(at..)?.chars().take(3) {
        let this = match c {
            ' ' => ' ',
            '-' | '‐' | '‑' | '–' | '—' | '−' | '~' => '-',
            '.' | '·' => '.',
            ')' => ')',
            _ => break,
        };
        // A dash among blanks is a dash; two marks in a row are no separator.
        match (kind, this) {
            (None | Some(' '), k) => kind = Some(k),
            (Some(_), ' ') => {}
            (Some(')'), '-') => {}
            _ => return None,
        }
        next += c.len_utf8();
    }
    kind.map(|k| (k, next))
}

/// The digits of some groups, one after the other.
pub(super) fn joined(text: &str, groups: &[Group]) -> Vec<u8> {
    groups.iter().flat_map(|g| text.as_bytes().get(g.start..g.end).unwrap_or_default()).copied().collect()
}

/// Check digit of GB 11643 (ISO 7064 MOD 11-2) over 17 digits and the last character.
pub(super) fn citizen_checksum(id: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let (Some(body), Some(last)) = (id.get(..17), id.get(17)) else { return false };
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
    b"10x98765432".get((sum % 11) as usize) == Some(last)
}

/// Province prefix and birthday of an 18-digit (`long`) or 15-digit id are possible.
pub(super) fn citizen_shape(id: &[u8]) -> bool {
    let number = |from: usize, n: usize| -> u32 {
        id.get(from..from + n).unwrap_or_default().iter().fold(0, |a, d| a * 10 + u32::from(d.wrapping_sub(b'0') % 10))
    };
    let province = matches!(number(0, 2), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83 | 91);
    let (year_ok, month, day) = match id.len() {
        18 => ((1900..=2035).contains(&number(6, 4)), number(10, 2), number(12, 2)),
        15 => (true, number(8, 2), number(10, 2)),
        _ => return false,
    };
    province && year_ok && (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// Luhn's check and a range that banks issue.
pub(super) fn bank_card(digits: &[u8]) -> bool {
    let issuer = matches!(
        (digits, digits.len()),
        ([b'6', b'2', ..] | [b'9', b'5', b'5', ..] | [b'6', b'0', b'0' | b'1' | b'3', ..], 16..=19)
            | ([b'4', ..] | [b'5', b'1'..=b'5', ..] | [b'3', b'5', ..] | [b'2', b'2'..=b'7', ..], 16)
            | ([b'3', b'4' | b'7', ..], 15)
            | ([b'3', b'0' | b'6' | b'8', ..], 14)
    );
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| {
            let d = u32::from(d - b'0');
            if i % 2 == 0 { d } else { d * 2 / 10 + d * 2 % 10 }
        })
        .sum();
    issuer && sum.is_multiple_of(10)
}

/// Eight digits that are a day (`20240315`).
pub(super) fn is_day(d: &[u8]) -> bool {
    let two = |i: usize| d.get(i..i + 2).map_or(99, |x| (x[0] - b'0') * 10 + x[1] - b'0');
    d.len() == 8 && matches!(two(0), 19 | 20) && (1..=12).contains(&two(4)) && (1..=31).contains(&two(6))
}
