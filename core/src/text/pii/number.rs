//! Telephones, citizen ids and bank cards.

use super::context::{self, Context};
use super::digits::{self, Group};
use super::{Find, PiiKind};

/// Reads the number that begins at byte `at` (a digit); says where to go on.
pub(super) fn at(text: &str, at: usize, stop: usize, enumerator: &dyn Fn(usize) -> bool, out: &mut Vec<Find>) -> Option<usize> {
    if enumerator(at) && !text.as_bytes().get(at + 1).is_some_and(|_| enumerator(at + 1)) {
        return Some(at + 1);
    }
    let all = digits::groups(text, at, stop);
    let total: usize = all.iter().map(Group::len).sum();
    if let Some(find) = masked(text, at) {
        out.push(find);
        return Some(find.end);
    }
    let last = all.last().map_or(at + 1, |g| g.end);
    if total < 7 {
        return Some(last);
    }
    if glued(text, at) {
        // Part of a code such as `bj20240101`; its own run is skipped.
        return all.first().map(|g| g.end);
    }
    let mut i = 0;
    let mut left = total;
    while let Some(rest) = all.get(i..).filter(|r| !r.is_empty()) {
        left -= all.get(i).map_or(0, Group::len);
        if left + rest.first().map_or(0, Group::len) < 7 {
            break;
        }
        match number(text, rest, i > 0, out) {
            Some((find, used)) => {
                out.push(find);
                if all.get(i + used).is_none_or(|g| g.start < find.end) {
                    return Some(find.end.max(last));
                }
                left -= all.get(i + 1..i + used).unwrap_or_default().iter().map(Group::len).sum::<usize>();
                i += used;
            }
            None => i += 1,
        }
    }
    Some(last)
}

/// A number over the first of `groups`, and how many of them it takes.
fn number(text: &str, groups: &[Group], inner: bool, found: &[Find]) -> Option<(Find, usize)> {
    let first = groups.first()?;
    let context = context::before(text, first.start);
    citizen(text, groups, context)
        .or_else(|| card(text, groups, context, inner))
        .or_else(|| mobile(text, groups, context, inner))
        .or_else(|| landline(text, groups, context, found))
}

/// How many groups give exactly `n` digits, and those digits.
fn take(text: &str, groups: &[Group], n: usize) -> Option<(usize, Vec<u8>)> {
    let mut sum = 0;
    for (i, g) in groups.iter().enumerate() {
        sum += g.len();
        if sum == n {
            let used = groups.get(..=i)?;
            return Some((i + 1, digits::joined(text, used)));
        }
        if sum > n {
            return None;
        }
    }
    None
}

/// Several groups are one number only when they are joined alike and no further group hangs on.
fn whole(groups: &[Group], used: usize) -> bool {
    if used <= 1 {
        // A decimal fraction or a longer code is no number of its own.
        return groups.get(1).is_none_or(|g| g.before != '.');
    }
    let Some(joint) = groups.get(1).map(|g| g.before) else { return false };
    let alike = groups.get(1..used).is_some_and(|r| r.iter().all(|g| g.before == joint));
    alike && joint != ')' && groups.get(used).is_none_or(|g| g.before != joint || g.len() >= 7)
}

fn find(kind: PiiKind, groups: &[Group], used: usize) -> Option<Find> {
    Some(Find { kind, start: groups.first()?.start, end: groups.get(used.checked_sub(1)?)?.end })
}

fn citizen(text: &str, groups: &[Group], context: Context) -> Option<(Find, usize)> {
    if let Some((used, mut id)) = take(text, groups, 17) {
        let end = groups.get(used - 1)?.end;
        if text.as_bytes().get(end) == Some(&b'x') && !next_is_alphanumeric(text, end + 1) {
            id.push(b'x');
            if whole(groups, used) && digits::citizen_shape(&id) && (digits::citizen_checksum(&id) || context.identity) {
                let mut f = find(PiiKind::CitizenId, groups, used)?;
                f.end += 1;
                return Some((f, used));
            }
        }
    }
    if let Some((used, id)) = take(text, groups, 18) {
        let sure = (digits::citizen_checksum(&id) && !context.other) || context.identity;
        if whole(groups, used) && digits::citizen_shape(&id) && sure && !next_is_letter(text, groups.get(used - 1)?.end) {
            return Some((find(PiiKind::CitizenId, groups, used)?, used));
        }
    }
    let (used, id) = take(text, groups, 15)?;
    let plain = context.identity && whole(groups, used) && digits::citizen_shape(&id);
    plain.then(|| find(PiiKind::CitizenId, groups, used)).flatten().map(|f| (f, used))
}

fn card(text: &str, groups: &[Group], context: Context, inner: bool) -> Option<(Find, usize)> {
    if context.other || inner && groups.first()?.before != ' ' {
        return None;
    }
    (14..=19).rev().find_map(|n| {
        let (used, number) = take(text, groups, n)?;
        // The groups of a card are of four digits, the last of any length.
        let grouped = used == 1 || groups.get(..used - 1)?.iter().all(|g| (4..=6).contains(&g.len()));
        if !grouped || !whole(groups, used) || !digits::bank_card(&number) || next_is_letter(text, groups.get(used - 1)?.end) {
            return None;
        }
        Some((find(PiiKind::BankCard, groups, used)?, used))
    })
}

fn mobile(text: &str, groups: &[Group], context: Context, inner: bool) -> Option<(Find, usize)> {
    let first = groups.first()?;
    let is_mobile = |d: &[u8]| matches!(d, [b'1', b'3'..=b'9', ..]) && d.len() == 11;
    if context.other || context.hotline {
        return None;
    }
    let good = |used: usize, from: &[Group]| {
        let end = from.get(used - 1).map_or(0, |g| g.end);
        whole(from, used) && !context::counted(text, end) && !next_is_letter(text, end)
    };
    // Country code, as its own group or glued on, or the 0 of a long-distance call.
    let head = text.get(first.start..first.end)?;
    if matches!(head, "86" | "0086" | "086")
        && let Some(rest) = groups.get(1..)
        && let Some((used, d)) = take(text, rest, 11)
        && is_mobile(&d)
        && good(used, rest)
    {
        let mut f = find(PiiKind::Mobile, groups, used + 1)?;
        f.start -= plus_before(text, f.start);
        return Some((f, used + 1));
    }
    for n in [11, 12, 13, 15] {
        let Some((used, d)) = take(text, groups, n) else { continue };
        let bare = match n {
            12 => d.strip_prefix(b"0"),
            13 => d.strip_prefix(b"86"),
            15 => d.strip_prefix(b"0086"),
            _ => Some(d.as_slice()),
        };
        // Grouped numbers begin with 138 or 1380; single spoken digits may stand apart too.
        let shape = used == 1 || first.len() >= 3 || groups.get(..used)?.iter().all(|g| g.len() == 1);
        let apart = used == 1 || !inner || first.before == ' ';
        if bare.is_some_and(is_mobile) && shape && apart && good(used, groups) {
            let mut f = find(PiiKind::Mobile, groups, used)?;
            f.start -= plus_before(text, f.start);
            return Some((f, used));
        }
    }
    None
}

fn plus_before(text: &str, at: usize) -> usize {
    usize::from(text.get(..at).is_some_and(|t| t.ends_with('+')))
}

fn landline(text: &str, groups: &[Group], context: Context, found: &[Find]) -> Option<(Find, usize)> {
    if context.other || context.hotline || context.identity {
        return None;
    }
    let first = groups.first()?;
    let head = text.get(first.start..first.end)?;
    let area = |d: &str| matches!(d.as_bytes(), b"010" | [b'0', b'2', b'0'..=b'5' | b'7'..=b'9'] | [b'0', b'3'..=b'9', _, _]);
    let local = |d: &[u8], n: usize| d.len() == n && matches!(d.first(), Some(b'2'..=b'8'));
    let mut hit: Option<(Find, usize)> = None;
    let national =
        matches!(head, "86" | "0086") && groups.get(1).is_some_and(|g| text.get(g.start..g.end).is_some_and(|t| area(&format!("0{t}"))));
    let skip = usize::from(national);
    let code = groups.get(skip)?;
    let code_text = text.get(code.start..code.end)?;
    if national || area(code_text) {
        // 010-65123456, (0898)66668888, 010 6512 3456: the number after its area code.
        let rest = groups.get(skip + 1..)?;
        let seven = code_text.len() == 4;
        for n in [8, 7] {
            let Some((used, d)) = take(text, rest, n) else { continue };
            let parts = rest.get(..used)?.iter().all(|g| g.len() >= 3);
            if (n == 8 || seven) && parts && d.first() != Some(&b'0') && rest.first().is_some_and(|g| g.before != '.') {
                hit = find(PiiKind::Landline, groups, skip + 1 + used).map(|f| (f, skip + 1 + used));
                break;
            }
        }
    } else if matches!(head.len(), 11 | 12) && head.starts_with('0') {
        // All in one run.
        let digits = head.as_bytes();
        let fits = |n: usize| head.get(..n).is_some_and(area) && digits.get(n..).is_some_and(|l| local(l, 8) || (n == 4 && local(l, 7)));
        if fits(3) || fits(4) {
            hit = find(PiiKind::Landline, groups, 1).map(|f| (f, 1));
        }
    } else {
        // Eight digits alone, when the words or a number just before say that it is a telephone.
        let joined_on = found.last().is_some_and(|f| {
            matches!(f.kind, PiiKind::Landline | PiiKind::Mobile)
                && text.get(f.end..first.start).is_some_and(|t| {
                    t.len() <= 6 && !t.is_empty() && t.chars().all(|c| matches!(c, '、' | '或' | '和' | ',' | ' ' | '/' | '及' | '者'))
                })
        });
        for n in [8, 7] {
            let Some((used, d)) = take(text, groups, n) else { continue };
            let parts = used == 1 || used == 2 && first.len() == n - 4;
            let sure = context.phone || joined_on;
            if parts
                && sure
                && local(&d, n)
                && !digits::is_day(&d)
                && !context::counted(text, groups.get(used - 1)?.end)
                && whole_line(groups, used)
            {
                hit = find(PiiKind::Landline, groups, used).map(|f| (f, used));
                break;
            }
        }
    }
    let (mut f, used) = hit?;
    if next_is_letter(text, f.end) && !text.get(f.end..)?.starts_with("ext") {
        return None;
    }
    if code.before == '\0'
        && text.get(..f.start).is_some_and(|t| t.ends_with('('))
        && text.get(code.end..).is_some_and(|t| t.starts_with(')'))
    {
        f.start -= 1;
    }
    f.start -= plus_before(text, f.start);
    let (end, extra) = extension(text, groups, used, f.end);
    f.end = end;
    Some((f, used + extra))
}

/// Like [`whole`], but an extension may hang on.
fn whole_line(groups: &[Group], used: usize) -> bool {
    groups.get(used).is_none_or(|g| match g.before {
        '-' => g.len() <= 5,
        '.' => false,
        _ => g.len() != 4 || used == 2,
    })
}

/// Where an extension (转801, -801, 分机801) after a landline ends, and how many groups it takes.
fn extension(text: &str, groups: &[Group], used: usize, end: usize) -> (usize, usize) {
    if let Some(g) = groups.get(used)
        && g.before == '-'
        && g.len() <= 5
        && groups.get(used + 1).is_none_or(|n| n.before != '-')
    {
        return (g.end, 1);
    }
    let rest = text.get(end..).unwrap_or_default();
    let mut after = rest.trim_start_matches([' ', '-', '(']);
    let mut named = false;
    for word in ["转接", "转", "分机号", "分机", "ext", "#", ".", ":"] {
        if let Some(t) = after.strip_prefix(word) {
            after = t.trim_start_matches(' ');
            named = true;
        }
    }
    let n = after.bytes().take_while(u8::is_ascii_digit).count();
    if named && (1..=6).contains(&n) { (text.len() - after.len() + n, 0) } else { (end, 0) }
}

/// Numbers with their middle hidden: 138****1234, 110101********1234.
fn masked(text: &str, at: usize) -> Option<Find> {
    let rest = text.get(at..)?;
    let head = rest.bytes().take_while(u8::is_ascii_digit).count();
    let hidden = |c: char| matches!(c, '*' | '×' | '•' | '●' | '■' | '_' | 'x' | '＊' | '✱');
    let tail_text = rest.get(head..)?;
    let mut stars = 0;
    let mut bytes = head;
    for c in tail_text.chars().take_while(|c| hidden(*c)) {
        stars += 1;
        bytes += c.len_utf8();
    }
    let tail = rest.get(bytes..)?.bytes().take_while(u8::is_ascii_digit).count();
    let check = usize::from(rest.as_bytes().get(bytes + tail) == Some(&b'x') && tail == 3);
    let end = at + bytes + tail + check;
    let next = text.get(end..)?.chars().next();
    if stars < 3 || glued(text, at) || next.is_some_and(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let first = rest.as_bytes();
    let context = context::before(text, at);
    let mobile = matches!(first, [b'1', b'3'..=b'9', ..]) && head == 3 && tail == 4 && (3..=5).contains(&stars);
    let total = head + stars + tail + check;
    let province = matches!(
        first,
        [b'1', b'1'..=b'5', ..]
            | [b'2', b'1'..=b'3', ..]
            | [b'3', b'1'..=b'7', ..]
            | [b'4', b'1'..=b'6', ..]
            | [b'5', b'0'..=b'4', ..]
            | [b'6', b'1'..=b'5', ..]
    );
    let id = province && head >= 3 && ((total == 18 && (head + tail >= 6)) || (context.identity && (14..=20).contains(&total)));
    if mobile && !context.other {
        Some(Find { kind: PiiKind::Mobile, start: at, end })
    } else if id && !context.other {
        Some(Find { kind: PiiKind::CitizenId, start: at, end })
    } else {
        None
    }
}

/// A letter right before: the digits belong to a code, unless the letters say "telephone".
fn glued(text: &str, at: usize) -> bool {
    let head = text.as_bytes().get(..at).unwrap_or_default();
    let letters = head.iter().rev().take_while(|b| b.is_ascii_alphabetic() || **b == b'_').count();
    let word = text.get(at - letters..at).unwrap_or_default();
    letters > 0 && !matches!(word, "tel" | "t" | "phone" | "mobile" | "wx" | "vx" | "v" | "mob" | "m" | "wechat" | "call")
}

fn next_is_letter(text: &str, at: usize) -> bool {
    text.as_bytes().get(at).is_some_and(u8::is_ascii_alphabetic)
}

fn next_is_alphanumeric(text: &str, at: usize) -> bool {
    text.as_bytes().get(at).is_some_and(u8::is_ascii_alphanumeric)
}

/// A number spoken digit by digit (幺三八…): a mobile, an id, or a landline when the words before say so.
pub(super) fn spoken_at(text: &str, at: usize, out: &mut Vec<Find>) -> Option<usize> {
    let mut number = Vec::with_capacity(18);
    let mut end = at;
    // Where the spoken digits end: written ones after them may be a number of their own.
    let mut spoken_end = at;
    let mut gap = 0;
    for (i, c) in text.get(at..)?.char_indices() {
        if let Some(d) = digits::spoken(c).or_else(|| c.is_ascii_digit().then_some(c as u8)) {
            number.push(d);
            end = at + i + c.len_utf8();
            if spoken_end == at + i && !c.is_ascii() {
                spoken_end = end;
            }
            gap = 0;
        } else if matches!(c, ' ' | ',' | '-' | '、') && gap == 0 && number.len() >= 3 {
            gap += 1;
        } else {
            break;
        }
        if number.len() > 18 {
            return Some(spoken_end);
        }
    }
    if number.len() < 7 {
        return Some(spoken_end);
    }
    let context = context::before(text, at);
    let kind = match number.len() {
        11 if matches!(number.as_slice(), [b'1', b'3'..=b'9', ..]) && !context.other => Some(PiiKind::Mobile),
        11 if number.starts_with(b"010") && !context.other => Some(PiiKind::Landline),
        18 if digits::citizen_shape(&number) && digits::citizen_checksum(&number) => Some(PiiKind::CitizenId),
        8 if context.phone && matches!(number.first(), Some(b'2'..=b'8')) => Some(PiiKind::Landline),
        _ => None,
    };
    match kind {
        Some(kind) => {
            out.push(Find { kind, start: at, end });
            Some(end)
        }
        None => Some(spoken_end),
    }
}
