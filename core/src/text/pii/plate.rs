//! Number plates (GA 36): ordinary, new-energy, police, trailer, training, embassy and consulate, Hong Kong and Macao, army, armed police.

use super::{Find, PiiKind, context};

/// First character of an ordinary plate.
fn province(c: char) -> bool {
    matches!(
        c,
        '京' | '津'
            | '冀'
            | '晋'
            | '蒙'
            | '辽'
            | '吉'
            | '黑'
            | '沪'
            | '苏'
            | '浙'
            | '皖'
            | '闽'
            | '赣'
            | '鲁'
            | '豫'
            | '鄂'
            | '湘'
            | '粤'
            | '桂'
            | '琼'
            | '渝'
            | '川'
            | '贵'
            | '云'
            | '藏'
            | '陕'
            | '甘'
            | '青'
            | '宁'
            | '新'
    )
}

/// First character of an army plate before 2012.
fn old_army(c: char) -> bool {
    matches!(c, '军' | '空' | '海' | '北' | '沈' | '兰' | '济' | '南' | '广' | '成')
}

/// Characters a plate can begin with (digits apart: an embassy's old form ends in 使).
pub(super) fn may_begin(c: char) -> bool {
    c.is_ascii_lowercase() || c == '使' || c == '领' || province(c) || old_army(c)
}

/// Reads a plate at byte `at`; says where to go on.
pub(super) fn at(text: &str, at: usize, out: &mut Vec<Find>) -> Option<usize> {
    let rest = text.get(at..)?;
    let mut chars = rest.chars();
    let first = chars.next()?;
    let end = if first.is_ascii() {
        // A word of letters is skipped whole: plates do not begin inside one.
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        match armed_police(rest).or_else(|| army_letters(text, at, rest, letters)) {
            Some(n) => at + n,
            None => return Some(at + letters),
        }
    } else if first == '使' || first == '领' {
        at + mission(text, at, rest)?
    } else {
        let civil = province(first).then(|| ordinary(text, at, rest)).flatten();
        at + civil.or_else(|| old_army(first).then(|| army(text, at, rest)).flatten())?
    };
    out.push(Find { kind: PiiKind::Plate, start: at, end });
    Some(end)
}

/// Letters and digits from byte `from` of `rest`, over separators; at most `most`, with the byte where each ends.
fn body(rest: &str, from: usize, most: usize) -> Vec<(u8, usize)> {
    let mut out = Vec::new();
    let mut at = from;
    while out.len() < most {
        let Some(tail) = rest.get(at..) else { break };
        let bare = tail.trim_start_matches(['·', '•', '・', '.', '-', ' ', '—', '∙', '⋅']);
        // One separator, at most two characters of it.
        if tail.len() - bare.len() > 4 {
            break;
        }
        let Some(b) = bare.bytes().next().filter(u8::is_ascii_alphanumeric) else { break };
        at += tail.len() - bare.len() + 1;
        out.push((b, at));
    }
    out
}

fn free(rest: &str, at: usize) -> bool {
    !rest.as_bytes().get(at).is_some_and(|b| b.is_ascii_alphanumeric())
}

/// 京A·12345, 京AD12345, 京A·1234警/挂/学/港/澳/使/领/试/超.
fn ordinary(text: &str, at: usize, rest: &str) -> Option<usize> {
    let all = body(rest, rest.chars().next()?.len_utf8(), 9);
    let (letter, tail) = all.split_first()?;
    if !letter.0.is_ascii_alphabetic() || letter.0 == b'i' {
        return None;
    }
    // The longest body whose last character is not followed by another one without a separator.
    let ends = |n: usize| tail.get(n - 1).map(|t| t.1).filter(|&e| free(rest, e));
    let part = |n: usize| -> Option<Vec<u8>> { tail.get(..n).map(|t| t.iter().map(|x| x.0).collect()) };
    let count = |b: &[u8]| b.iter().filter(|x| x.is_ascii_digit()).count();
    let said = || {
        let c = context::before(text, at);
        c.plate
    };
    if let (Some(end), Some(b)) = (ends(6), part(6)) {
        let small = b.first().is_some_and(|x| matches!(x, b'a'..=b'k') && *x != b'i') && b.get(2..).is_some_and(|t| count(t) == 4);
        let large = b.last().is_some_and(|x| matches!(x, b'a'..=b'k') && *x != b'i') && b.get(..5).is_some_and(|t| count(t) == 5);
        if small || large {
            return Some(end);
        }
    }
    if let (Some(end), Some(b)) = (ends(5), part(5)) {
        let digits = count(&b);
        if digits >= 3 || (digits >= 1 && said()) {
            return Some(end);
        }
    }
    if let (Some(end), Some(b)) = (ends(4), part(4)) {
        let mark = rest.get(end..)?.trim_start_matches([' ', '·']);
        let c = mark.chars().next()?;
        if count(&b) >= 2 && "警挂学港澳使领试超".contains(c) {
            return Some(rest.len() - mark.len() + c.len_utf8());
        }
    }
    None
}

/// 使014·578, 领12345: with its dot, or when the words before speak of a car.
fn mission(text: &str, at: usize, rest: &str) -> Option<usize> {
    let all = body(rest, '使'.len_utf8(), 7);
    let digits = all.iter().take_while(|x| x.0.is_ascii_digit()).count();
    let end = all.get(digits.checked_sub(1)?)?.1;
    let dotted = rest.get(..end).is_some_and(|t| t.contains(['·', '•', '・']));
    ((5..=6).contains(&digits) && digits == all.len() && free(rest, end) && (dotted || context::before(text, at).plate)).then_some(end)
}

/// WJ京12345, WJ·01234, WJ01-12345, WJ京·0123x.
fn armed_police(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix("wj")?.trim_start_matches(['·', ' ', '-', '.']);
    let province = after.chars().next().filter(|c| province(*c)).map_or(0, char::len_utf8);
    let from = rest.len() - after.len() + province;
    let all = body(rest, from, 8);
    let digits = all.iter().filter(|x| x.0.is_ascii_digit()).count();
    let n = all.len();
    let end = all.last()?.1;
    (matches!(n, 5..=7) && digits + 1 >= n && digits >= 4 && free(rest, end)).then_some(end)
}

/// 军A·12345, 北K12345: an old army plate, when the words before speak of a car.
fn army(text: &str, at: usize, rest: &str) -> Option<usize> {
    let all = body(rest, rest.chars().next()?.len_utf8(), 7);
    let (letter, tail) = all.split_first()?;
    let end = tail.get(4)?.1;
    let digits = tail.len() == 5 && tail.iter().all(|t| t.0.is_ascii_digit());
    (letter.0.is_ascii_alphabetic() && digits && free(rest, end) && (rest.starts_with('军') || context::before(text, at).plate))
        .then_some(end)
}

/// VA·12345: an army plate since 2012, when the words before speak of a car.
fn army_letters(text: &str, at: usize, rest: &str, letters: usize) -> Option<usize> {
    if letters != 2 || text.get(..at)?.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let all = body(rest, 2, 6);
    let end = all.get(4)?.1;
    let digits = all.len() == 5 && all.iter().all(|t| t.0.is_ascii_digit());
    let army = rest.as_bytes().first().is_some_and(|b| b"vbsljngckzhexyq".contains(b));
    (digits && army && free(rest, end) && context::before(text, at).plate).then_some(end)
}
