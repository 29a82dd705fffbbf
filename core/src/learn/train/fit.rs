//! From labelled rows to calibrated classifiers.

use super::calibrate::{Held, calibrate};
use super::linear::LinearModel;
use super::sparse::SparseMatrix;
use super::weights::Weights;
use crate::bundle::BundleError;
use crate::learn::auxiliary::evidence;
use crate::learn::classifier::step_of;
use crate::learn::vocabulary::importance_byte;
use crate::learn::{
    BLOCKS, Calibration, Classifier, ClassifierParts, Classifiers, ClassifiersParts, Features, Kind, Prediction, Rows, Vocabulary,
};
use linfa::dataset::DatasetBase;
use linfa::traits::Fit;
use ndarray::Array1;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The class of a row that a task does not know.
pub const UNLABELLED: u32 = u32::MAX;

/// One question to learn: the labels and each row's class.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// Labels in ascending order.
    pub labels: Vec<String>,
    /// Class of each row, or [`UNLABELLED`].
    pub classes: Vec<u32>,
    /// Whether synonym groups are evidence: what a text is about, not how it speaks.
    pub topical: bool,
    /// Whether the auxiliary classifiers' answers are evidence.
    pub stacked: bool,
}

impl Task {
    /// From each row's label, if it has one.
    pub fn new<S: AsRef<str>>(name: &str, rows: &[Option<S>]) -> Self {
        let mut index: BTreeMap<&str, u32> = rows.iter().flatten().map(|l| (l.as_ref(), 0)).collect();
        for (i, (_, class)) in index.iter_mut().enumerate() {
            *class = i as u32;
        }
        let classes = rows.iter().map(|l| l.as_ref().and_then(|l| index.get(l.as_ref()).copied()).unwrap_or(UNLABELLED)).collect();
        Task { name: name.to_string(), labels: index.keys().map(|l| l.to_string()).collect(), classes, topical: true, stacked: true }
    }
}

/// Settings of [`fit`].
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Bytes all classifiers and their vocabulary may take.
    pub budget: usize,
    /// A feature must occur in this many different texts.
    pub least_texts: u32,
    /// Weights kept for a feature.
    pub width: usize,
    /// The same of an auxiliary classifier.
    pub auxiliary_width: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { budget: 2 << 20, least_texts: 5, width: 24, auxiliary_width: 0 }
    }
}

/// Stop words and single outliers do not make a feature important: counts are smoothed by this many rows of the average text.
const SMOOTHING: f32 = 5.0;

/// How unlike the average the labels of a feature's rows are (Kullback–Leibler divergence, nats).
fn divergence(counts: &HashMap<u32, f32>, prior: &[f32]) -> f32 {
    let n: f32 = {
        let mut c: Vec<(&u32, &f32)> = counts.iter().collect();
        c.sort_unstable_by_key(|c| *c.0);
        c.iter().map(|c| c.1).sum()
    };
    let mut kl = 0.0;
    for (class, &pr) in prior.iter().enumerate().filter(|p| *p.1 > 0.0) {
        let p = (counts.get(&(class as u32)).copied().unwrap_or(0.0) + SMOOTHING * pr) / (n + SMOOTHING);
        kl += p * libm::logf(p / pr);
    }
    kl.max(0.0)
}

/// Chooses the features: frequent enough, and telling for one of the tasks; so many that weights of the `auxiliary` tasks have room too.
fn vocabulary(
    texts: &[Features],
    rows: &[usize],
    tasks: &[Task],
    auxiliary: &[Task],
    settings: Settings,
) -> Result<Vocabulary, BundleError> {
    // Equal texts count once, so that a copied text cannot make its names frequent.
    let mut seen = std::collections::HashSet::new();
    let mut frequency: HashMap<u32, u32> = HashMap::new();
    let mut distinct: Vec<(usize, Vec<u32>)> = Vec::new();
    for &i in rows {
        let mut hashes: Vec<u32> = texts[i].grams().iter().map(|g| g.hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        if seen.insert(hashes.clone()) {
            for &h in &hashes {
                *frequency.entry(h).or_insert(0) += 1;
            }
        }
        distinct.push((i, hashes));
    }
    let documents = seen.len() as f32;
    let mut known: Vec<u32> = frequency.iter().filter(|f| *f.1 >= settings.least_texts).map(|f| *f.0).collect();
    known.sort_unstable();
    let position: HashMap<u32, u32> = known.iter().enumerate().map(|(i, &h)| (h, i as u32)).collect();
    let mut telling = vec![0f32; known.len()];
    for task in tasks {
        let mut counts: Vec<HashMap<u32, f32>> = vec![HashMap::new(); known.len()];
        let mut prior = vec![0f32; task.labels.len()];
        let mut total = 0.0;
        for (i, hashes) in &distinct {
            let class = task.classes[*i];
            if class == UNLABELLED {
                continue;
            }
            prior[class as usize] += 1.0;
            total += 1.0;
            for f in hashes.iter().filter_map(|h| position.get(h)) {
                *counts[*f as usize].entry(class).or_insert(0.0) += 1.0;
            }
        }
        prior.iter_mut().for_each(|p| *p /= f32::max(total, 1.0));
        for (t, c) in telling.iter_mut().zip(&counts) {
            *t = t.max(divergence(c, &prior));
        }
    }
    let bytes = |tasks: &[Task], width: usize| tasks.iter().map(|t| 2 + 2 * t.labels.len().min(width)).sum::<usize>();
    let each = 4 + bytes(tasks, settings.width) + bytes(auxiliary, settings.auxiliary_width);
    let most = (settings.budget / each).max(1000);
    let mut order: Vec<usize> = (0..known.len()).collect();
    let worth = |i: usize| telling[i] * frequency.get(&known[i]).copied().unwrap_or(0) as f32;
    order.sort_by(|&a, &b| worth(b).total_cmp(&worth(a)).then(a.cmp(&b)));
    order.truncate(most);
    order.sort_unstable();
    let hashes: Vec<u32> = order.iter().map(|&i| known[i]).collect();
    let importance = order.iter().map(|&i| {
        let df = frequency.get(&known[i]).copied().unwrap_or(0) as f32;
        importance_byte((libm::logf((documents + 1.0) / (df + 1.0)) + 1.0) * (telling[i] + 0.05).sqrt())
    });
    let importance = importance.collect();
    let blocks: [f32; BLOCKS] = [1.0, 1.0, 0.7, 0.2];
    let dims = rows.first().map_or(0, |&i| texts[i].vector().len());
    Vocabulary::new(hashes, importance, blocks, dims)
}

/// Weights are whole numbers up to this: 6 bits pack better than 8. Not compared alone with 8 bits.
const LEVELS: f32 = 31.0;

/// Cuts weights to small whole numbers: of an n-gram the strongest `width`, of a dimension of the sentence vector all (from feature `dense` on).
fn quantise(weights: &Weights, width: usize, dense: usize) -> (Rows, Vec<f32>) {
    let mut rows = Rows::default();
    for f in 0..weights.features() {
        let row = weights.row(f);
        let top = row.iter().fold(0f32, |m, w| m.max(w.abs()));
        let exponent = if top > 0.0 { (-8.0 * libm::log2f(top / LEVELS)).floor().clamp(0.0, 255.0) as u8 } else { 255 };
        let step = step_of(exponent);
        let mut kept: Vec<(usize, i8)> =
            row.iter().enumerate().map(|(c, &w)| (c, (w / step).round().clamp(-LEVELS, LEVELS) as i8)).filter(|k| k.1 != 0).collect();
        kept.sort_by_key(|k| (-i32::from(k.1).abs(), k.0));
        kept.truncate(if f < dense { width } else { usize::MAX });
        kept.sort_unstable();
        rows.counts.push(kept.len() as u16);
        rows.exponents.push(exponent);
        let mut last = 0;
        for (class, value) in kept {
            rows.classes.push((class - last) as u16);
            rows.values.push(value as u8);
            last = class;
        }
    }
    (rows, weights.row(weights.features()).to_vec())
}

/// Evidence of the auxiliary classifiers, in features after those of the vocabulary.
#[derive(Default)]
struct Hints {
    width: usize,
    of: Vec<Vec<(u32, f32)>>,
}

/// Learns all tasks over the given rows and their hints; no calibration yet.
fn learn(
    texts: &[Features],
    rows: &[usize],
    tasks: &[Task],
    hints: &Hints,
    vocabulary: &Vocabulary,
    importance: &[f32],
    settings: Settings,
) -> Result<Vec<ClassifierParts>, BundleError> {
    let readings: Vec<_> = rows.iter().map(|&i| vocabulary.read(&texts[i])).collect();
    let groups: BTreeSet<u32> =
        rows.iter().flat_map(|&i| texts[i].grams()).filter(|g| g.kind == Kind::Group).filter_map(|g| vocabulary.find(g.hash)).collect();
    let first = vocabulary.width() as u32;
    let width = vocabulary.width() + hints.width;
    let mut parts = Vec::new();
    for task in tasks {
        let mut x = SparseMatrix::new(width);
        let (mut y, mut cost) = (Vec::new(), Vec::new());
        for (&i, r) in rows.iter().zip(&readings) {
            if task.classes[i] != UNLABELLED {
                let row = r.features.iter().copied().zip(r.values.iter().copied());
                let hints = hints.of.get(i).filter(|_| task.stacked).into_iter().flatten().map(|&(h, v)| (first + h, v));
                x.push(row.filter(|(f, _)| task.topical || !groups.contains(f)).chain(hints));
                y.push(task.classes[i] as usize);
                cost.push(importance[i]);
            }
        }
        let k = task.labels.len();
        // Many narrow and noisy classes want more restraint (chosen on dev time splits).
        let strength = if k > 50 { 0.2 } else { 0.5 };
        let dataset = DatasetBase::new(x, Array1::from(y)).with_weights(Array1::from(cost));
        let fitted = LinearModel::params(k).cost(strength).fit(&dataset).map_err(|e| BundleError::malformed("training", e))?;
        let (rows, bias) = quantise(fitted.weights(), settings.width, vocabulary.len());
        parts.push(ClassifierParts { task: task.name.clone(), labels: task.labels.clone(), rows, bias, calibration: Calibration::plain() });
    }
    Ok(parts)
}

/// Stretches of the rows of an auxiliary task: what it says of a row it learned from is asked of weights that had not seen the row.
const AUXILIARY_FOLDS: usize = 4;

/// Rows of a fold, and the others.
fn fold_of(rows: &[usize], fold: usize) -> (Vec<usize>, Vec<usize>) {
    let (out, inside): (Vec<_>, Vec<_>) = rows.iter().copied().enumerate().partition(|(at, _)| at % AUXILIARY_FOLDS == fold);
    (out.into_iter().map(|r| r.1).collect(), inside.into_iter().map(|r| r.1).collect())
}

/// Learns the auxiliary classifiers, and what they say of each text.
fn auxiliaries(
    texts: &[Features],
    auxiliary: &[Task],
    vocabulary: &Vocabulary,
    settings: Settings,
) -> Result<(Vec<ClassifierParts>, Hints), BundleError> {
    let mut hints = Hints { width: 0, of: vec![Vec::new(); texts.len()] };
    let mut parts = Vec::new();
    let settings = Settings { width: settings.auxiliary_width, ..settings };
    let even = vec![1.0; texts.len()];
    for task in auxiliary {
        let labelled: Vec<usize> = (0..texts.len()).filter(|&i| task.classes[i] != UNLABELLED).collect();
        let task = std::slice::from_ref(task);
        let classifier = |rows: &[usize]| {
            let part = learn(texts, rows, task, &Hints::default(), vocabulary, &even, settings)?.pop();
            let part = part.ok_or_else(|| BundleError::malformed("training", "no auxiliary task"))?;
            Ok::<_, BundleError>((Classifier::from_parts(part.clone(), vocabulary.width())?, part))
        };
        let first = hints.width as u32;
        let mut add = |i: usize, classifier: &Classifier| {
            let evidence = evidence(classifier, &vocabulary.read(&texts[i]));
            hints.of[i].extend(evidence.into_iter().map(|(class, v)| (first + class, v)));
        };
        for fold in 0..AUXILIARY_FOLDS {
            let (out, inside): (Vec<usize>, Vec<usize>) = fold_of(&labelled, fold);
            let (classifier, _) = classifier(&inside)?;
            out.iter().for_each(|&i| add(i, &classifier));
        }
        let (all, part) = classifier(&labelled)?;
        (0..texts.len()).filter(|&i| task[0].classes[i] == UNLABELLED).for_each(|i| add(i, &all));
        hints.width += part.labels.len();
        parts.push(part);
    }
    Ok((parts, hints))
}

const FOLDS: usize = 8;
/// Where rows are in order of time, so many of the latest are judged in two steps, each by weights of all rows before it: near enough to
/// the weights of all rows. Fewer than [`ENOUGH`] of them are too few.
const LATEST: f64 = 0.125;
const ENOUGH: usize = 400;

/// Whether the labels of the rows from `from` on are about as frequent as before: rows sorted by label, or one source after another, are in
/// no order of time. Half the sum of differences (total variation) up to a third.
fn in_order_of_time(task: &Task, rows: &[usize], from: usize) -> bool {
    let mut shares = vec![0f64; task.labels.len() + 1];
    for (at, &i) in rows.iter().enumerate() {
        let share = if at < from { 1.0 / from as f64 } else { -1.0 / (rows.len() - from) as f64 };
        shares[(task.classes[i] as usize).min(task.labels.len())] += share;
    }
    shares.iter().map(|s| s.abs()).sum::<f64>() / 2.0 <= 1.0 / 3.0
}

/// Rows held out in turn: each the rows to learn from and the rows to judge.
///
/// In order of time the latest rows alone, by what was known before them (rolling origin): the next rows will be more like them. Otherwise,
/// or when there are few, each class's rows cut into [`FOLDS`] stretches, so that every fold has every class. Rows of less than full weight
/// are never judged.
fn splits(task: &Task, rows: &[usize], importance: &[f32], ordered: bool) -> Vec<(Vec<usize>, Vec<usize>)> {
    let full = |i: &usize| importance[*i] >= 1.0;
    let latest = (rows.len() as f64 * LATEST) as usize;
    let from = rows.len() - latest;
    if ordered && latest >= ENOUGH && in_order_of_time(task, rows, from) {
        let middle = from + latest / 2;
        let step = |(from, to): (usize, usize)| (rows[..from].to_vec(), rows[from..to].iter().copied().filter(full).collect());
        return [(from, middle), (middle, rows.len())].map(step).to_vec();
    }
    let mut by_class: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, _) in rows.iter().enumerate().filter(|r| full(r.1)) {
        by_class.entry(task.classes[rows[at]]).or_default().push(at);
    }
    let mut fold = vec![FOLDS; rows.len()];
    for members in by_class.values() {
        for (j, &at) in members.iter().enumerate() {
            fold[at] = j * FOLDS / members.len();
        }
    }
    let part = |k: usize| {
        let (out, inside): (Vec<_>, Vec<_>) = rows.iter().zip(&fold).partition(|(_, f)| **f == k);
        (inside.into_iter().map(|r| *r.0).collect(), out.into_iter().map(|r| *r.0).collect())
    };
    (0..FOLDS).map(part).collect()
}

/// Learns classifiers for all tasks from rows in time (or file) order, and calibrates each on rows its weights had not seen: the latest ones
/// when they are enough and `ordered`, else eight folds. Then learns once more from all.
/// A row of `importance` below 1 teaches in every fold and is not calibrated on: whoever gives it so trusts its label less.
/// `auxiliary` tasks (labels of other books, on rows that may have none of ours) are learned first; their answers are evidence.
pub fn fit(
    texts: &[Features],
    tasks: &[Task],
    auxiliary: &[Task],
    importance: &[f32],
    ordered: bool,
    settings: Settings,
) -> Result<Fitted, BundleError> {
    let rows: Vec<usize> = (0..texts.len()).filter(|&i| tasks.iter().any(|t| t.classes[i] != UNLABELLED)).collect();
    let Some(first) = tasks.first() else { return Err(BundleError::malformed("training", "no task")) };
    let full = vocabulary(texts, &rows, tasks, auxiliary, settings)?;
    let (auxiliary, hints) = auxiliaries(texts, auxiliary, &full, settings)?;
    let mut held: Vec<Held> = vec![Vec::new(); tasks.len()];
    // Which rows those are, and the share of their n-grams that was known.
    let mut held_rows: Vec<Vec<(usize, f32)>> = vec![Vec::new(); tasks.len()];
    for (inside, out) in splits(first, &rows, importance, ordered) {
        if inside.is_empty() || out.is_empty() {
            continue;
        }
        // What the held-out rows' labels say of a feature must not be known either.
        let known = vocabulary(texts, &inside, tasks, &[], settings)?;
        let width = known.width() + hints.width;
        let parts = learn(texts, &inside, tasks, &hints, &known, importance, settings)?;
        let classifiers = parts.into_iter().map(|p| Classifier::from_parts(p, width)).collect::<Result<Vec<_>, _>>()?;
        for &i in &out {
            let mut reading = known.read(&texts[i]);
            for &(h, v) in &hints.of[i] {
                reading.features.push(known.width() as u32 + h);
                reading.values.push(v);
            }
            for (((task, classifier), held), held_rows) in tasks.iter().zip(&classifiers).zip(&mut held).zip(&mut held_rows) {
                if task.classes[i] != UNLABELLED {
                    held_rows.push((i, reading.known));
                    held.push((task.classes[i], classifier.scores(&reading)));
                }
            }
        }
    }
    let mut parts = learn(texts, &rows, tasks, &hints, &full, importance, settings)?;
    let mut unseen = Vec::with_capacity(tasks.len());
    for ((part, held), rows) in parts.iter_mut().zip(&held).zip(held_rows) {
        part.calibration = calibrate(held);
        let label = |class: u32| part.labels.get(class as usize).cloned().unwrap_or_default();
        let of = |((y, s), (row, known)): (&(u32, Vec<f32>), (usize, f32))| Unseen {
            row,
            label: label(*y),
            answer: part.calibration.answer(s),
            known,
        };
        unseen.push(held.iter().zip(rows).map(of).collect());
    }
    let classifiers = Classifiers::from_parts(ClassifiersParts { vocabulary: full.to_parts(), auxiliary, tasks: parts })?;
    Ok(Fitted { classifiers, unseen })
}

/// Classifiers, and for each task what they answered to rows they had not seen.
#[derive(Debug)]
pub struct Fitted {
    /// Learned from all rows.
    pub classifiers: Classifiers,
    /// The rows used for calibration.
    pub unseen: Vec<Vec<Unseen>>,
}

/// What weights that had not seen a row say of it. Figures on such rows are a little kind, since probabilities and thresholds were fitted on
/// them.
#[derive(Debug, Clone, PartialEq)]
pub struct Unseen {
    /// Which row.
    pub row: usize,
    /// Its label.
    pub label: String,
    /// The answer.
    pub answer: Prediction,
    /// Share of its n-grams that the weights knew.
    pub known: f32,
}

/// A classifier for one task over texts, for callers that have no other.
pub fn fit_one(texts: &[Features], task: Task, ordered: bool, settings: Settings) -> Result<Fitted, BundleError> {
    fit(texts, &[task], &[], &vec![1.0; texts.len()], ordered, settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Prepared, Segmenter};

    #[test]
    fn learns_two_topics_and_keeps_no_rare_feature() {
        let s = Segmenter::new("工资 100\n路灯 100\n").unwrap();
        let texts: Vec<Features> = (0..60)
            .map(|i| {
                let t = if i % 2 == 0 { "公司拖欠工资三个月" } else { "小区门口路灯不亮" };
                let tail = char::from_u32('一' as u32 + i).unwrap();
                Features::extract(&Prepared::new(&format!("{t}{tail}"), None, &s))
            })
            .collect();
        let labels: Vec<Option<&str>> = (0..60).map(|i| Some(if i % 2 == 0 { "工资" } else { "路灯" })).collect();
        let model = fit_one(&texts, Task::new("t", &labels), false, Settings::default()).unwrap().classifiers;
        let c = &model.tasks()[0];
        assert!(texts.iter().zip(&labels).all(|(t, l)| Some(c.labels()[c.predict(&model.read(t)).best() as usize].as_str()) == *l));
        let rare = Features::extract(&Prepared::new("一", None, &s));
        assert!(model.read(&rare).features.is_empty());
        let back = Classifiers::from_parts(model.to_parts()).unwrap();
        assert_eq!(back.to_parts(), model.to_parts());
    }

    #[test]
    fn rows_of_less_than_full_weight_teach_and_are_not_calibrated_on() {
        let s = Segmenter::new("工资 100\n路灯 100\n").unwrap();
        let texts: Vec<Features> = (0..80)
            .map(|i| Features::extract(&Prepared::new(if i % 2 == 0 { "公司拖欠工资三个月" } else { "小区门口路灯不亮" }, None, &s)))
            .collect();
        let labels: Vec<Option<&str>> = (0..80).map(|i| Some(if i % 2 == 0 { "工资" } else { "路灯" })).collect();
        let weights: Vec<f32> = (0..80).map(|i| if i < 40 { 1.0 } else { 0.5 }).collect();
        let fitted = fit(&texts, &[Task::new("t", &labels)], &[], &weights, false, Settings::default()).unwrap();
        let mut rows: Vec<usize> = fitted.unseen[0].iter().map(|u| u.row).collect();
        rows.sort_unstable();
        assert_eq!(rows, (0..40).collect::<Vec<_>>());
    }

    #[test]
    fn the_latest_rows_are_judged_unless_the_order_is_one_of_labels() {
        let rows: Vec<usize> = (0..8000).collect();
        let mut importance = vec![1.0; 8000];
        importance[7999] = 0.5;
        let labels = |of: &dyn Fn(usize) -> usize| Task::new("t", &(0..8000).map(|i| Some(["a", "b"][of(i)])).collect::<Vec<_>>());
        let steps = splits(&labels(&|i| i % 2), &rows, &importance, true);
        assert_eq!(steps.iter().map(|s| (s.0.len(), s.1.len())).collect::<Vec<_>>(), [(7000, 500), (7500, 499)]);
        assert!(steps.iter().all(|(inside, out)| inside.last() < out.first()));
        // Sorted by label, or in no order, or few: every fold has both labels.
        for (task, ordered, n) in [(labels(&|i| i / 4000), true, 8000), (labels(&|i| i % 2), false, 8000), (labels(&|i| i % 2), true, 2000)]
        {
            let folds = splits(&task, &rows[..n], &importance, ordered);
            assert_eq!(folds.len(), FOLDS);
            assert!(folds.iter().all(|(_, out)| out.iter().any(|&i| task.classes[i] == 0) && out.len() >= n / FOLDS - 1));
        }
    }

    #[test]
    fn few_rows_and_one_class() {
        let s = Segmenter::new("工资 100\n").unwrap();
        let text = Features::extract(&Prepared::new("工资", None, &s));
        let model = fit_one(&[text], Task::new("t", &[Some("a")]), true, Settings::default()).unwrap();
        assert_eq!(model.classifiers.tasks().len(), 1);
    }
}
