//! Meaning beyond shared characters: a static table of word vectors, distilled from a sentence encoder (`models/embedding/distill.py`).
//!
//! A text's vector is the sum of its words' rows, brought to unit length; the smooth inverse frequency of Arora, Liang and Ma, *A simple
//! but tough-to-beat baseline for sentence embeddings* (ICLR 2017), is already in each row's scale. Its cosine finds candidates that
//! share no words (拖欠工资 / 老板不发工钱) and is one feature among others: no threshold on it tells the same matter from the same place.

use super::Prepared;
use crate::bundle::{Bundle, BundleError};
use std::path::Path;

/// Name of the bundle section: the bytes of `words.bin`.
pub const EMBEDDING_SECTION: &str = "words";

/// Puts the table of `models/embedding/words.bin` into a bundle, after checking it.
pub fn build_embedding(models: &Path, bundle: &mut Bundle) -> Result<(), BundleError> {
    let path = models.join("embedding").join("words.bin");
    let bytes = std::fs::read(&path).map_err(|source| BundleError::Io { path: path.display().to_string(), source })?;
    Embedding::from_table(&bytes)?;
    let notice = "distilled from Universal Sentence Encoder multilingual v3 (Google, Apache-2.0); hashes of words, no strings";
    bundle.insert(EMBEDDING_SECTION, &serde_bytes::ByteBuf::from(bytes), notice)
}

const MAGIC: &[u8; 8] = b"JSWORDS1";
const HEADER: usize = 16;
/// More dimensions than any table of ours; keeps products of sizes far from overflow.
const MAX_DIMS: usize = 1024;

/// A table of word vectors. Words are known by the hash of their bytes only.
#[derive(Debug, Clone)]
pub struct Embedding {
    dims: usize,
    /// Ascending FNV-1a hashes.
    hashes: Vec<u64>,
    /// For each value of a hash's highest bits, the first row at or after it; one more entry for the end.
    buckets: Vec<u32>,
    bucket_shift: u32,
    scales: Vec<f32>,
    /// Row after row, values −8..=7.
    values: Vec<i8>,
}

impl Embedding {
    /// The bundle's table, or `None` when it has none.
    pub fn from_bundle(bundle: &Bundle) -> Result<Option<Self>, BundleError> {
        match bundle.find::<serde_bytes::ByteBuf>(EMBEDDING_SECTION)? {
            Some(bytes) => Self::from_table(&bytes).map(Some),
            None => Ok(None),
        }
    }

    /// Reads `words.bin`: magic, dimensions `u32`, rows `u32`, then by ascending hash all hashes `u64`, all scales `f32`, all rows of 4-bit
    /// values (plus 8, low half first); little endian. Linear in its length.
    pub fn from_table(bytes: &[u8]) -> Result<Self, BundleError> {
        let bad = |reason: &str| BundleError::malformed(EMBEDDING_SECTION, reason);
        let (header, body) = bytes.split_at_checked(HEADER).ok_or_else(|| bad("shorter than its header"))?;
        let (magic, sizes) = header.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(bad("not a table of word vectors"));
        }
        let mut sizes = sizes.chunks_exact(4).map(|b| u32_le(b) as usize);
        let (dims, rows) = (sizes.next().unwrap_or(0), sizes.next().unwrap_or(0));
        if dims == 0 || dims > MAX_DIMS || dims % 2 == 1 {
            return Err(bad("number of dimensions is not even or not in 2..=1024"));
        }
        if body.len() as u64 != rows as u64 * (8 + 4 + dims as u64 / 2) {
            return Err(bad("length does not fit its numbers of rows and dimensions"));
        }
        let (hash_bytes, rest) = body.split_at(rows * 8);
        let (scale_bytes, value_bytes) = rest.split_at(rows * 4);
        let hashes: Vec<u64> = hash_bytes.as_chunks().0.iter().map(|b| u64::from_le_bytes(*b)).collect();
        if !hashes.is_sorted_by(|a, b| a < b) {
            return Err(bad("hashes do not ascend"));
        }
        let scales: Vec<f32> = scale_bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        if !scales.iter().all(|s| (0.0..1e6).contains(s)) {
            return Err(bad("a scale is negative, huge or not a number"));
        }
        let values = value_bytes.iter().flat_map(|b| [(b & 15) as i8 - 8, (b >> 4) as i8 - 8]).collect();
        let bits = rows.next_power_of_two().trailing_zeros().clamp(1, 24);
        let bucket_shift = 64 - bits;
        let mut buckets = Vec::with_capacity((1 << bits) + 1);
        let mut row = 0;
        for bucket in 0..1u64 << bits {
            while hashes.get(row).is_some_and(|h| h >> bucket_shift < bucket) {
                row += 1;
            }
            buckets.push(row as u32);
        }
        buckets.push(rows as u32);
        Ok(Embedding { dims, hashes, buckets, bucket_shift, scales, values })
    }

    /// The table cut down to what `texts` say, as [`Embedding::from_table`] reads it: words (and characters of unknown words) in at least
    /// `least` different texts, the most frequent that fit in `most` bytes. Linear in the texts.
    #[cfg(feature = "train")]
    pub fn cut_down(&self, texts: &[Prepared], least: u32, most: usize) -> Vec<u8> {
        let mut seen = std::collections::HashSet::new();
        let mut counts = vec![0u32; self.len()];
        for text in texts.iter().filter(|t| seen.insert(t.text())) {
            let mut rows: Vec<usize> = Vec::new();
            for word in text.tokens.iter().map(|t| t.of(text.text())) {
                match self.row(word) {
                    Some(row) => rows.push(row),
                    None => rows.extend(word.chars().filter_map(|c| self.row(c.encode_utf8(&mut [0; 4])))),
                }
            }
            rows.sort_unstable();
            rows.dedup();
            rows.into_iter().for_each(|r| counts[r] += 1);
        }
        let mut kept: Vec<usize> = (0..self.len()).filter(|&r| counts[r] >= least).collect();
        kept.sort_by_key(|&r| (std::cmp::Reverse(counts[r]), r));
        kept.truncate(most.saturating_sub(HEADER) / (8 + 4 + self.dims / 2));
        kept.sort_unstable();
        let mut out = MAGIC.to_vec();
        out.extend((self.dims as u32).to_le_bytes());
        out.extend((kept.len() as u32).to_le_bytes());
        kept.iter().for_each(|&r| out.extend(self.hashes[r].to_le_bytes()));
        kept.iter().for_each(|&r| out.extend(self.scales[r].to_le_bytes()));
        for r in kept {
            let values = self.values[r * self.dims..(r + 1) * self.dims].as_chunks::<2>().0;
            out.extend(values.iter().map(|[low, high]| (low + 8) as u8 | ((high + 8) as u8) << 4));
        }
        out
    }

    /// Length of every vector.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Number of words in the table.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether the table knows no word at all.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The text's vector: unit length, or all zeros when no word of it is known. Linear time, the same bits on every platform.
    pub fn embed(&self, text: &Prepared) -> Vec<f32> {
        self.embed_words(text.tokens.iter().map(|t| t.of(text.text())))
    }

    /// The vector of words given one by one; a word that is not in the table counts as its characters.
    pub fn embed_words<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> Vec<f32> {
        let words: Vec<(&str, u64, Bucket)> = words
            .into_iter()
            .map(|word| {
                let hash = fnv1a(word.as_bytes());
                (word, hash, self.bucket(hash))
            })
            .collect();
        // The table lies in main memory: all places are read first and all rows next, so that the processor waits for many at once.
        std::hint::black_box(words.iter().filter_map(|(_, _, b)| self.hashes.get(b.0 as usize)).fold(0, |x, h| x ^ h));
        let mut rows: Vec<usize> = Vec::with_capacity(words.len() + 16);
        for (word, hash, bucket) in words {
            match self.row_of(hash, bucket) {
                Some(row) => rows.push(row),
                None if word.len() < 4 => {}
                None => rows.extend(word.chars().filter_map(|c| self.row(c.encode_utf8(&mut [0; 4])))),
            }
        }
        std::hint::black_box(rows.iter().filter_map(|row| self.values.get(row * self.dims)).fold(0, |x, v| x ^ v));
        let mut sum = vec![0.0; self.dims];
        rows.into_iter().for_each(|row| self.add(row, &mut sum));
        let norm = libm::sqrtf(dot(&sum, &sum));
        if norm > 0.0 {
            sum.iter_mut().for_each(|x| *x /= norm);
        }
        sum
    }

    /// Adds a row.
    fn add(&self, row: usize, sum: &mut [f32]) {
        if let (Some(&scale), Some(values)) = (self.scales.get(row), self.values.get(row * self.dims..(row + 1) * self.dims)) {
            sum.iter_mut().zip(values).for_each(|(x, &v)| *x += scale * f32::from(v));
        }
    }

    fn row(&self, word: &str) -> Option<usize> {
        let hash = fnv1a(word.as_bytes());
        self.row_of(hash, self.bucket(hash))
    }

    /// Rows among which a hash must be.
    fn bucket(&self, hash: u64) -> Bucket {
        let bucket = (hash >> self.bucket_shift) as usize;
        let start = |bucket| self.buckets.get(bucket).copied().unwrap_or(0);
        (start(bucket), start(bucket + 1))
    }

    fn row_of(&self, hash: u64, bucket: Bucket) -> Option<usize> {
        let (start, end) = (bucket.0 as usize, bucket.1 as usize);
        self.hashes.get(start..end)?.binary_search(&hash).ok().map(|i| start + i)
    }
}

/// First row and one past the last.
type Bucket = (u32, u32);

/// Cosine of two unit vectors of equal length; 0 when either text had no known word.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    dot(a, b).clamp(-1.0, 1.0)
}

/// In eight lanes that are added at the end: an order of the sum that is fixed and that processors like.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a8, a_rest), (b8, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut lanes = [0.0f32; 8];
    for (x, y) in a8.iter().zip(b8) {
        for (lane, (x, y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane += x * y;
        }
    }
    lanes.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum::<f32>()
}

/// A vector in a quarter of the space, for an index of millions: each value as the nearest of −127..=127 times the largest. What is not
/// finite counts as 0.
pub fn quantize(vector: &[f32]) -> Vec<i8> {
    let finite = |x: &f32| if x.is_finite() { *x } else { 0.0 };
    let top = vector.iter().map(finite).fold(0.0f32, |t, x| t.max(x.abs()));
    let part = |x: &f32| if top > 0.0 { finite(x) / top * 127.0 } else { 0.0 };
    vector.iter().map(|x| libm::roundf(part(x)) as i8).collect()
}

/// Cosine of two vectors of [`quantize`]: whole numbers until the last step, so the order of the sum does not matter.
pub fn cosine_quantized(a: &[i8], b: &[i8]) -> f32 {
    let product = |a: &[i8], b: &[i8]| a.iter().zip(b).map(|(&x, &y)| i32::from(x) * i32::from(y)).sum::<i32>();
    let squares = i64::from(product(a, a)) * i64::from(product(b, b));
    if squares == 0 {
        return 0.0;
    }
    (f64::from(product(a, b)) / libm::sqrt(squares as f64)) as f32
}

fn u32_le(b: &[u8]) -> u32 {
    b.iter().rev().fold(0, |n, &b| n << 8 | u32::from(b))
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Segmenter;

    /// Rows as whole numbers −8..=7.
    fn table(words: &[(&str, f32, [i8; 4])]) -> Vec<u8> {
        let mut rows: Vec<_> = words.iter().map(|(w, s, v)| (fnv1a(w.as_bytes()), *s, *v)).collect();
        rows.sort_by_key(|r| r.0);
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&4u32.to_le_bytes());
        out.extend_from_slice(&(rows.len() as u32).to_le_bytes());
        rows.iter().for_each(|r| out.extend_from_slice(&r.0.to_le_bytes()));
        rows.iter().for_each(|r| out.extend_from_slice(&r.1.to_le_bytes()));
        for (_, _, v) in rows {
            out.extend(v.chunks(2).map(|p| (p[0] + 8) as u8 | ((p[1] + 8) as u8) << 4));
        }
        out
    }

    fn small() -> Embedding {
        Embedding::from_table(&table(&[("拖欠", 1.0, [3, 4, 0, 0]), ("工资", 0.5, [0, 0, -8, 6]), ("薪", 2.0, [1, 0, 0, 0])])).unwrap()
    }

    #[test]
    fn words_add_up_and_unknown_words_count_as_characters() {
        let e = small();
        assert_eq!((e.dims(), e.len(), e.is_empty()), (4, 3, false));
        assert_eq!(e.embed_words(["拖欠"]), [0.6, 0.8, 0.0, 0.0]);
        assert_eq!(e.embed_words(["欠薪"]), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(e.embed_words(["工资", "无"]), [0.0, 0.0, -0.8, 0.6]);
        assert_eq!(e.embed_words([]), [0.0; 4]);
        assert_eq!(e.embed_words(["🚗", "", "abc"]), [0.0; 4]);
        let s = Segmenter::new("拖欠 10\n工资 10\n").unwrap();
        let p = Prepared::new("拖欠\n工资", Some(6), &s);
        assert_eq!(e.embed(&p), e.embed_words(["拖欠", "工资"]));
    }

    #[test]
    fn quantised_vectors_keep_their_angle() {
        let a = [0.6, 0.8, 0.0, 0.0];
        let b = [0.8, 0.6, 0.0, 0.0];
        assert_eq!(quantize(&a), [95, 127, 0, 0]);
        assert_eq!(quantize(&[f32::NAN, -2.0, f32::INFINITY, 1.0]), [0, -127, 0, 64]);
        assert!((cosine_quantized(&quantize(&a), &quantize(&b)) - cosine(&a, &b)).abs() < 0.01);
        assert_eq!(cosine_quantized(&quantize(&a), &quantize(&a)), 1.0);
        assert_eq!(cosine_quantized(&quantize(&[0.0; 4]), &quantize(&a)), 0.0);
        assert_eq!(cosine(&[0.0; 4], &a), 0.0);
    }

    #[cfg(feature = "train")]
    #[test]
    fn a_table_cut_down_keeps_what_the_texts_say() {
        let e = small();
        let s = Segmenter::new("拖欠 10\n工资 10\n欠薪 10\n").unwrap();
        let texts: Vec<Prepared> = ["拖欠工资", "拖欠", "拖欠", "欠薪", "工资"].iter().map(|t| Prepared::new(t, None, &s)).collect();
        let cut = |least, most| Embedding::from_table(&e.cut_down(&texts, least, most)).unwrap();
        let all = cut(1, 1000);
        assert!(texts.iter().all(|t| all.embed(t) == e.embed(t)));
        // Equal texts count once: two say 拖欠, two 工资, one 薪.
        assert_eq!(cut(2, 1000).len(), 2);
        assert_eq!((cut(3, 1000).len(), cut(1, HEADER + 20).len(), cut(1, 0).len()), (0, 1, 0));
        let words = cut(2, 1000);
        assert_eq!((words.embed_words(["拖欠"]), words.embed_words(["薪"])), (e.embed_words(["拖欠"]), vec![0.0; 4]));
    }

    #[test]
    fn hostile_tables_are_errors() {
        let good = table(&[("a", 1.0, [1, 2, 3, 4]), ("b", 1.0, [1, 2, 3, 4])]);
        for n in 0..good.len() {
            assert!(Embedding::from_table(&good[..n]).is_err(), "cut at {n}");
        }
        let change = |at: usize, bytes: &[u8]| {
            let mut bad = good.clone();
            bad[at..at + bytes.len()].copy_from_slice(bytes);
            Embedding::from_table(&bad).map(|_| ())
        };
        for dims in [0u32, 3, 6, 2048, u32::MAX] {
            assert!(change(8, &dims.to_le_bytes()).is_err());
        }
        for rows in [0u32, 1, 3, u32::MAX] {
            assert!(change(12, &rows.to_le_bytes()).is_err());
        }
        assert!(change(16, &u64::MAX.to_le_bytes()).is_err());
        for scale in [f32::NAN, f32::INFINITY, -1.0, 1e9] {
            assert!(change(32, &scale.to_le_bytes()).is_err());
        }
        // No rows at all is a table that knows nothing.
        let none = Embedding::from_table(&table(&[])).unwrap();
        assert_eq!(none.embed_words(["a"]), [0.0; 4]);
    }

    #[test]
    fn comes_out_of_a_bundle() {
        let mut b = Bundle::default();
        assert!(Embedding::from_bundle(&b).unwrap().is_none());
        b.insert(EMBEDDING_SECTION, &serde_bytes::ByteBuf::from(table(&[("a", 1.0, [1, 0, 0, 0])])), "").unwrap();
        assert_eq!(Embedding::from_bundle(&b).unwrap().unwrap().len(), 1);
        b.insert(EMBEDDING_SECTION, &serde_bytes::ByteBuf::from(vec![0; 5]), "").unwrap();
        assert!(Embedding::from_bundle(&b).is_err());
    }

    /// The committed table finds a paraphrase among thirty, whatever words it uses.
    #[test]
    fn the_table_that_ships_knows_paraphrases() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/");
        let read = |name: &str| std::fs::read(format!("{root}{name}")).unwrap();
        let e = Embedding::from_table(&read("embedding/words.bin")).unwrap();
        let s = Segmenter::new(std::str::from_utf8(&read("dictionary.txt")).unwrap()).unwrap();
        let text = String::from_utf8(read("embedding/paraphrases.tsv")).unwrap();
        let pairs: Vec<_> = text
            .lines()
            .map(|l| l.split_once('\t').unwrap())
            .map(|(a, b)| (e.embed(&Prepared::new(a, None, &s)), e.embed(&Prepared::new(b, None, &s))))
            .collect();
        let best = |a: &[f32]| (0..pairs.len()).max_by(|&i, &j| cosine(a, &pairs[i].1).total_cmp(&cosine(a, &pairs[j].1)));
        let found = pairs.iter().enumerate().filter(|(i, (a, _))| best(a) == Some(*i)).count();
        assert!(found * 10 >= pairs.len() * 7, "{found} of {}", pairs.len());
    }
}
