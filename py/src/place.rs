//! The gazetteer: places named in a text.

use crate::engine::open_bundle;
use crate::error::{arrow, coded, core};
use crate::jobs::Jobs;
use arrow_array::builder::{Float64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema};
use jiesu::geo::{AreaId, AreaLevel, Hints, PlaceKind};
use jiesu::text::{Prepared, Segmenter};
use pyo3::prelude::*;
use pyo3_arrow::PyTable;
use serde_json::{Value, json};
use std::sync::Arc;

/// Areas and place names of a bundle; immutable.
#[pyclass(frozen, module = "jiesu._jiesu")]
#[derive(Debug)]
pub(crate) struct Gazetteer {
    inner: jiesu::geo::Gazetteer,
    segmenter: Segmenter,
}

#[pymethods]
impl Gazetteer {
    #[new]
    fn new(py: Python<'_>, bundle: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bundle = open_bundle(py, bundle)?;
        py.detach(|| {
            let inner = jiesu::geo::Gazetteer::from_bundle(&bundle)?;
            Ok::<_, jiesu::Error>(Gazetteer { inner, segmenter: Segmenter::from_bundle(&bundle)? })
        })
        .map_err(|e| core(py, e))
    }

    /// The places of each text; JSON.
    #[pyo3(signature = (texts, *, area=None, point=None, address=None, n_jobs=None))]
    fn resolve(
        &self,
        py: Python<'_>,
        texts: Vec<String>,
        area: Option<&str>,
        point: Option<(f64, f64)>,
        address: Option<&str>,
        n_jobs: Option<isize>,
    ) -> PyResult<Vec<String>> {
        if let Some((lon, lat)) = point.filter(|(lon, lat)| !(-180.0..=180.0).contains(lon) || !(-90.0..=90.0).contains(lat)) {
            return Err(coded(py, "complaint.point", &format!("lon {lon}, lat {lat} is not a place on earth")));
        }
        let jobs = if texts.len() < 2 { Jobs::One } else { Jobs::new(n_jobs)? };
        Ok(py.detach(|| {
            let address = address.map(|a| Prepared::new(a, None, &self.segmenter));
            let hints = Hints { area, point, address: address.as_ref() };
            jobs.map(&texts, |t| self.places(t, &hints).to_string())
        }))
    }

    /// One area by its code; JSON.
    fn find(&self, code: &str) -> Option<String> {
        self.inner.tree().find(code).map(|id| self.area(id).to_string())
    }

    /// All areas: `code,name,parent,level,lon,lat`.
    fn areas(&self, py: Python<'_>) -> PyResult<PyTable> {
        let tree = self.inner.tree();
        let (mut code, mut name, mut parent) = (StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
        let (mut level, mut lon, mut lat) = (StringBuilder::new(), Float64Builder::new(), Float64Builder::new());
        for l in [AreaLevel::District, AreaLevel::Town, AreaLevel::Community] {
            for id in tree.level(l) {
                let point = self.inner.point(id);
                code.append_value(tree.code(id));
                name.append_value(tree.name(id));
                parent.append_option(tree.parent(id).map(|p| tree.code(p)));
                level.append_value(level_name(l));
                lon.append_option(point.map(|p| p.0));
                lat.append_option(point.map(|p| p.1));
            }
        }
        let columns: [(&str, ArrayRef); 6] = [
            ("code", Arc::new(code.finish())),
            ("name", Arc::new(name.finish())),
            ("parent", Arc::new(parent.finish())),
            ("level", Arc::new(level.finish())),
            ("lon", Arc::new(lon.finish())),
            ("lat", Arc::new(lat.finish())),
        ];
        let fields: Vec<Field> = columns.iter().map(|(n, a)| Field::new(*n, a.data_type().clone(), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(schema.clone(), columns.into_iter().map(|c| c.1).collect()).map_err(|e| arrow(py, e))?;
        PyTable::try_new(vec![batch], schema)
    }

    /// Pairs of codes of areas that border on each other.
    fn adjacency(&self) -> Vec<(String, String)> {
        let tree = self.inner.tree();
        let pairs = tree.districts().flat_map(|a| tree.adjacent(a).iter().filter(move |&&b| a < b).map(move |&b| (a, b)));
        pairs.map(|(a, b)| (tree.code(a).to_string(), tree.code(b).to_string())).collect()
    }
}

impl Gazetteer {
    fn area(&self, id: AreaId) -> Value {
        let tree = self.inner.tree();
        let a = tree.area(id);
        json!({"code": a.code, "name": a.name, "level": level_name(a.level), "parent": a.parent.map(|p| tree.code(p)), "point": self.inner.point(id)})
    }

    fn places(&self, text: &str, hints: &Hints<'_>) -> Value {
        let found = self.inner.resolve(&Prepared::new(text, None, &self.segmenter), hints);
        let points = |byte: usize| text.get(..byte).map_or(0, |t| t.chars().count());
        let mentions = found.mentions.iter().map(|m| {
            json!({
                "text": text.get(m.span.start..m.span.end), "start": points(m.span.start), "end": points(m.span.end), "kind": kind_name(m.kind),
                "p": jiesu::complaint::round4(m.p), "areas": m.areas.iter().map(|&a| self.area(a)).collect::<Vec<_>>(),
            })
        });
        json!({"area": found.area, "areas": found.areas, "mentions": mentions.collect::<Vec<_>>()})
    }
}

fn level_name(level: AreaLevel) -> &'static str {
    match level {
        AreaLevel::District => "district",
        AreaLevel::Town => "town",
        AreaLevel::Community => "community",
    }
}

fn kind_name(kind: PlaceKind) -> &'static str {
    match kind {
        PlaceKind::District => "district",
        PlaceKind::Town => "town",
        PlaceKind::Community => "community",
        PlaceKind::Alias => "alias",
        PlaceKind::Station => "station",
    }
}
