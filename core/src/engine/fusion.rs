//! Learns the weights of dispatch from hand labels, each text judged by classifiers that had not seen it.

use super::Engine;
use super::matter::Learned;
use crate::Error;
use crate::bundle::Bundle;
use crate::complaint::{AreaAnswer, Collective, Entity};
use crate::dispatch::{Case, Labelled, put_fusion, train_fusion};
use crate::geo::Hints;
use crate::learn::Features;
use crate::text::Prepared;
use crate::topic::{HandRow, TASKS};

/// Share of wrong leads allowed among orders that go out by themselves.
const RISK: f64 = 0.05;

/// What one text says, kept until all are read.
struct Seen<'e> {
    prepared: Prepared,
    collective: Collective,
    areas: Vec<AreaAnswer>,
    entities: Vec<Entity>,
    learned: Learned<'e>,
    unit: &'e str,
}

/// Learns the weights from the rows that [`crate::topic::build`] gave and puts them into the bundle, which must hold the sections of
/// intake, topic, geography and dispatch. Rows without labels for all tasks, or with a unit that is not in the table, are left out.
pub fn learn_fusion(rows: &[HandRow], bundle: &mut Bundle) -> Result<(), Error> {
    let engine = Engine::from_bundle(bundle)?;
    let seen: Vec<Seen<'_>> = rows.iter().filter_map(|row| engine.see(row)).collect();
    let cases: Vec<Labelled<'_>> = seen
        .iter()
        .map(|s| {
            let case = Case {
                report: s.learned.kind.report,
                urgency: s.learned.urgency.level,
                topics: &s.learned.topics,
                problem: s.learned.problem.as_ref(),
                areas: &s.areas,
                entities: &s.entities,
                units: &s.learned.units,
                levels: Some(s.learned.levels),
                ..Case::of(&s.prepared, s.learned.kind.label, &s.collective)
            };
            Labelled { case, unit: s.unit }
        })
        .collect();
    let d = &engine.dispatcher;
    Ok(put_fusion(train_fusion(&cases, d.catalogue(), d.units(), d.calendar(), RISK)?, bundle)?)
}

impl Engine {
    fn see<'e>(&'e self, row: &'e HandRow) -> Option<Seen<'e>> {
        let [.., unit] = &row.labels;
        let unit = unit.as_deref().filter(|u| self.dispatcher.units().find(u).is_some())?;
        let answers: [_; TASKS.len()] = row.unseen.clone().try_into().ok()?;
        let prepared = Prepared::new(&row.text, row.title_len, &self.segmenter);
        let areas = self.gazetteer.resolve(&prepared, &Hints { area: None, point: None, address: None }).areas;
        let reading = self.intake.read(&row.text, &prepared);
        let entities = self.intake.entities(&reading, None);
        let collective = self.intake.collective(&reading);
        let judgement = self.topics.combine(answers);
        let features = Features::extract(&prepared);
        let read = self.topics.read(&features);
        let grounds = self.topics.grounds(&prepared, &features, &read);
        let learned = self.learned(self.intake.report(&reading), &reading, &grounds, judgement);
        Some(Seen { prepared, collective, areas, entities, learned, unit })
    }
}
