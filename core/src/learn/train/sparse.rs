//! Row-compressed sparse matrix.

/// Rows of `(feature, value)`, features ascending within a row.
#[derive(Debug, Clone, Default)]
pub struct SparseMatrix {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
    width: usize,
}

impl SparseMatrix {
    /// No rows yet; every column must be below `width`.
    pub fn new(width: usize) -> Self {
        SparseMatrix { starts: vec![0], width, ..SparseMatrix::default() }
    }

    /// Appends a row.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        for (c, v) in row {
            debug_assert!((c as usize) < self.width);
            self.columns.push(c);
            self.values.push(v);
        }
        self.starts.push(self.columns.len());
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Columns and values of row `i`.
    pub fn row(&self, i: usize) -> (&[u32], &[f32]) {
        let range = self.starts[i]..self.starts[i + 1];
        (&self.columns[range.clone()], &self.values[range])
    }
}
