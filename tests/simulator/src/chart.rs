//! Curves as SVG: small, and the same bytes for the same run.

use std::fmt::Write as _;

use crate::outcome::Second;

/// A chart of curves over the seconds of a run.
#[derive(Debug)]
pub struct Chart {
    scenario: &'static str,
    figure: &'static str,
    axis: &'static str,
    curves: Vec<Curve>,
    logarithmic: bool,
}

/// A line: a point a second.
#[derive(Debug)]
pub(crate) struct Curve {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<f32>,
}

impl Curve {
    pub(crate) fn of(name: &'static str, seconds: &[Second], figure: fn(&Second) -> f32) -> Curve {
        Curve { name, points: seconds.iter().map(figure).collect() }
    }
}

impl Second {
    /// Per cent of its calls that went well.
    pub(crate) fn success(&self) -> f32 {
        100.0 * self.good as f32 / self.calls.max(1) as f32
    }
}

const WIDTH: f32 = 640.0;
const HEIGHT: f32 = 260.0;
const LEFT: f32 = 52.0;
const TOP: f32 = 14.0;
const BOTTOM: f32 = 216.0;
/// The last curve is ours, and the strongest.
const COLOURS: [&str; 5] = ["#9aa0a6", "#e8a33d", "#b565c4", "#5b8def", "#16875d"];

impl Chart {
    pub(crate) fn new(scenario: &'static str, figure: &'static str, axis: &'static str, curves: Vec<Curve>) -> Chart {
        Chart { scenario, figure, axis, curves, logarithmic: false }
    }

    pub(crate) fn logarithmic(self) -> Chart {
        Chart { logarithmic: true, ..self }
    }

    /// `slow-replica-success.svg`
    pub fn file_name(&self) -> String {
        format!("{}-{}.svg", self.scenario.replace(", ", "-").replace(' ', "-"), self.figure)
    }

    /// The file.
    pub fn svg(&self) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
             font-size=\"12\">\n<title>{}: {}</title>\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n",
            self.scenario, self.axis
        );
        let (low, high) = self.bounds();
        for step in 0..=4 {
            let share = step as f32 / 4.0;
            let y = BOTTOM - share * (BOTTOM - TOP);
            let value = self.unscale(low + share * (high - low));
            let _ = writeln!(
                svg,
                "<path d=\"M{LEFT} {y:.0}H{WIDTH}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{:.0}\" \
                 text-anchor=\"end\">{value:.0}</text>",
                LEFT - 6.0,
                y + 4.0
            );
        }
        let seconds = self.curves.iter().map(|curve| curve.points.len()).max().unwrap_or(2);
        let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"{:.0}\">{}; 0 to {seconds} s</text>", BOTTOM + 18.0, self.axis);
        for (number, curve) in self.curves.iter().enumerate() {
            self.draw(&mut svg, curve, number, seconds, (low, high));
        }
        svg + "</svg>\n"
    }

    fn draw(&self, svg: &mut String, curve: &Curve, number: usize, seconds: usize, (low, high): (f32, f32)) {
        let ours = number + 1 == self.curves.len();
        let colour = if ours { COLOURS[4] } else { COLOURS[number % 4] };
        let points: Vec<String> = curve
            .points
            .iter()
            .enumerate()
            .map(|(second, value)| {
                let x = LEFT + (second as f32 + 0.5) / seconds as f32 * (WIDTH - LEFT);
                let y = BOTTOM - (self.scale(*value) - low) / (high - low) * (BOTTOM - TOP);
                format!("{x:.0},{:.0}", y.clamp(TOP, BOTTOM))
            })
            .collect();
        let width = if ours { 3 } else { 2 };
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>",
            points.join(" ")
        );
        let x = LEFT + number as f32 * (WIDTH - LEFT) / self.curves.len() as f32;
        let y = BOTTOM + 36.0;
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.0} {:.0}h14\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\
             <text x=\"{:.0}\" y=\"{y:.0}\">{}</text>",
            y - 4.0,
            x + 18.0,
            curve.name
        );
    }

    fn bounds(&self) -> (f32, f32) {
        let points = || self.curves.iter().flat_map(|curve| &curve.points).map(|value| self.scale(*value));
        let high = if self.figure == "success" { 100.0 } else { points().fold(f32::MIN, f32::max) };
        let low = if self.logarithmic { 1.0 } else { 0.0 };
        (low, high.max(low + 0.1))
    }

    fn scale(&self, value: f32) -> f32 {
        if self.logarithmic { value.max(1.0).log10() } else { value }
    }

    fn unscale(&self, value: f32) -> f32 {
        if self.logarithmic { 10.0_f32.powf(value) } else { value }
    }
}
