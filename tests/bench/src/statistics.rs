//! Medians and ranges.

/// What was measured of one figure, in several rounds.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    values: Vec<f64>,
}

impl Sample {
    /// Adds a round.
    pub fn push(&mut self, value: f64) {
        self.values.push(value);
        self.values.sort_by(f64::total_cmp);
    }

    /// The middle one; 0 of none.
    pub fn median(&self) -> f64 {
        self.values.get(self.values.len() / 2).copied().unwrap_or_default()
    }

    /// `12.9 (12.5-13.5)`: the median, the least and the greatest.
    pub fn text(&self, digits: usize) -> String {
        let (min, max) =
            (self.values.first().copied().unwrap_or_default(), self.values.last().copied().unwrap_or_default());
        format!("{:.digits$} ({min:.digits$}\u{2013}{max:.digits$})", self.median())
    }
}

/// Lays out rows as a Markdown table that reads well as text, too: columns have one width, all but the first two stand right.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..columns).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
            0 | 1 => format!(" {cell:<width$} "),
            _ => format!(" {cell:>width$} "),
        });
        text.push_str(&format!("|{}|\n", cells.collect::<Vec<_>>().join("|")));
        if number == 0 {
            let rules = widths.iter().enumerate().map(|(column, &width)| match column {
                0 | 1 => format!(" {} ", "-".repeat(width)),
                _ => format!(" {}:", "-".repeat(width)),
            });
            text.push_str(&format!("|{}|\n", rules.collect::<Vec<_>>().join("|")));
        }
    }
    text
}
