//! From labelled rows to calibrated classifiers.

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
        parts.push(ClassifierParts {
            task: task.name.clone(),
            labels: task.labels.clone(),
            rows,
            bias,
            calibration: Calibration::plain(k),
        });
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

/// Held-out scores of one task: class and scores of each row, the latest slice last.
type Held = Vec<(u32, Vec<f32>)>;

const FOLDS: usize = 8;

/// Share of true labels that the 90% sets may miss on held-out rows: a little is kept for drift.
const MISS: f64 = 0.09;

/// Each class's rows in order, cut into [`FOLDS`] stretches: every fold has every class, and the last holds the latest rows. Rows of less
/// than full weight are in none.
fn stretches(task: &Task, rows: &[usize], importance: &[f32]) -> Vec<usize> {
    let mut by_class: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, &i) in rows.iter().enumerate().filter(|r| importance[*r.1] >= 1.0) {
        by_class.entry(task.classes[i]).or_default().push(at);
    }
    let mut fold = vec![FOLDS; rows.len()];
    for members in by_class.values() {
        for (j, &at) in members.iter().enumerate() {
            fold[at] = j * FOLDS / members.len();
        }
    }
    fold
}

/// Learns classifiers for all tasks from rows in time (or file) order, and calibrates each on rows its weights had not seen: eight folds by
/// order; the latest alone when it is large enough and `ordered`, since the next rows will be more like it. Then learns once more from all.
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
    let folds = stretches(first, &rows, importance);
    let mut held: Vec<Held> = vec![Vec::new(); tasks.len()];
    // Which rows those are, and the share of their n-grams that was known.
    let mut held_rows: Vec<Vec<(usize, f32)>> = vec![Vec::new(); tasks.len()];
    let mut latest = vec![0; tasks.len()];
    for fold in 0..FOLDS {
        for (l, h) in latest.iter_mut().zip(&held) {
            *l = h.len();
        }
        let (mut out, mut inside) = (Vec::new(), Vec::new());
        rows.iter().zip(&folds).for_each(|(&i, &f)| if f == fold { out.push(i) } else { inside.push(i) });
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
    for (((part, held), rows), latest) in parts.iter_mut().zip(&held).zip(held_rows).zip(latest) {
        let recent = if ordered && held.len() - latest >= 400 { latest } else { 0 };
        part.calibration = calibrate(held, recent, part.labels.len());
        let label = |class: u32| part.labels.get(class as usize).cloned().unwrap_or_default();
        let of = |((y, s), (row, known)): (&(u32, Vec<f32>), (usize, f32))| Unseen {
            row,
            label: label(*y),
            answer: part.calibration.answer(s),
            known,
        };
        unseen.push(held.iter().zip(rows).skip(recent).map(of).collect());
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

/// What weights that had not seen a row say of it. Figures on such rows are a little kind, since sharpness and thresholds were chosen on
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

/// Sharpness and floor by likelihood over all held-out rows, set and risk thresholds over those from `recent` on.
fn calibrate(held: &Held, recent: usize, classes: usize) -> Calibration {
    let mut best = (f64::INFINITY, Calibration::plain(classes));
    if held.len() < 20 {
        return best.1;
    }
    for sharpness in [0.7f32, 1.0, 1.4, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.5, 10.0, 12.0] {
        for floor in [0.001f32, 0.01, 0.03, 0.06] {
            let candidate = Calibration { sharpness, floor, ..Calibration::plain(classes) };
            let loss = held[recent..].iter().map(|(y, s)| -libm::log(candidate.probabilities(s)[*y as usize].max(1e-12))).sum::<f64>();
            if loss < best.0 {
                best = (loss, candidate);
            }
        }
    }
    let mut calibration = best.1;
    let slice = &held[recent..];
    let mut answers: Vec<(f64, bool)> = Vec::new();
    // Of each held-out row: the probabilities from the best down, and the rank of the true class.
    let mut rankings: Vec<(Vec<f64>, usize)> = Vec::new();
    for (y, s) in slice {
        let mut p: Vec<(usize, f64)> = calibration.probabilities(s).into_iter().enumerate().collect();
        p.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let rank = p.iter().position(|c| c.0 == *y as usize).unwrap_or(p.len());
        answers.push((p.first().map_or(0.0, |c| c.1), rank == 0));
        rankings.push((p.into_iter().map(|c| c.1).collect(), rank));
    }
    (calibration.set_penalty, calibration.set_threshold) = sets(&rankings);
    answers.sort_by(|a, b| b.0.total_cmp(&a.0));
    for risk in [0.005f32, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5] {
        let (mut wrong, mut threshold) = (0.0, None);
        for (i, (p, right)) in answers.iter().enumerate() {
            wrong += f64::from(u8::from(!right));
            let tie = answers.get(i + 1).is_some_and(|next| next.0 == *p);
            // Half a standard error above the observed share must still be within the risk: later rows are a little harder.
            let n = (i + 1) as f64;
            let share = (wrong + 0.5) / (n + 1.0);
            if !tie && share + 0.5 * (share * (1.0 - share) / n).sqrt() <= f64::from(risk) {
                threshold = Some(*p as f32);
            }
        }
        if let Some(t) = threshold {
            calibration.thresholds.push((risk, t));
        }
    }
    calibration
}

/// Penalty and threshold of the 90% sets: split conformal (Vovk; Papadopoulos et al.), the ⌊α(n+1)⌋-th smallest fitness of the true
/// class; of the penalties the one with the smallest sets on the same rows.
fn sets(rankings: &[(Vec<f64>, usize)]) -> (f64, f64) {
    let mut best = (usize::MAX, (0.0, 0.0));
    for penalty in [0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6] {
        let fit = |(p, rank): &(Vec<f64>, usize)| Calibration::fitness(penalty, *rank, p.get(*rank).copied().unwrap_or(0.0));
        // The best class is in every set whatever its fitness.
        let mut own: Vec<f64> = rankings.iter().map(|r| if r.1 == 0 { f64::INFINITY } else { fit(r) }).collect();
        own.sort_by(f64::total_cmp);
        let index = ((MISS * (own.len() + 1) as f64) as usize).saturating_sub(1);
        let threshold = own.get(index).copied().unwrap_or(0.0).min(0.0);
        let inside = |(p, _): &(Vec<f64>, usize)| {
            let counted = p.iter().enumerate().take_while(|(i, q)| *i == 0 || Calibration::fitness(penalty, *i, **q) >= threshold);
            counted.count()
        };
        let size: usize = rankings.iter().map(inside).sum();
        if size < best.0 {
            best = (size, (penalty, threshold));
        }
    }
    best.1
}

/// A classifier for one task over texts, for callers that have no other.
pub fn fit_one(texts: &[Features], task: Task, ordered: bool, settings: Settings) -> Result<Fitted, BundleError> {
    fit(texts, &[task], &[], &vec![1.0; texts.len()], ordered, settings)
}

/// The classifier of a fitted set by position; for tools.
pub fn first(classifiers: &Classifiers) -> Option<&Classifier> {
    classifiers.tasks().first()
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
        let c = first(&model).unwrap();
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
    fn few_rows_and_one_class() {
        let s = Segmenter::new("工资 100\n").unwrap();
        let text = Features::extract(&Prepared::new("工资", None, &s));
        let model = fit_one(&[text], Task::new("t", &[Some("a")]), true, Settings::default()).unwrap();
        assert_eq!(model.classifiers.tasks().len(), 1);
    }
}
