//! Reading an order: the benchmark of the codec, whose figures stand in the report.

use std::io;
use std::process::Command;

use wireloom_bench::gate::Gate;
use wireloom_bench::statistics::Sample;

/// Nanoseconds.
#[derive(Default)]
pub struct Decode {
    pub ours: Sample,
    pub prost_with_conversion: Sample,
    pub prost_alone: Sample,
}

pub fn measure(rounds: usize, gate: &mut Gate) -> io::Result<Decode> {
    let mut decode = Decode::default();
    for _ in 0..rounds {
        let text = gate.measure(run)?;
        let median = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let median = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            median.ok_or_else(|| io::Error::other(format!("`{name}` was not measured:\n{text}")))
        };
        decode.ours.push(median("decode: wireloom")?);
        decode.prost_with_conversion.push(median("decode: prost with conversion")?);
        decode.prost_alone.push(median("decode: prost alone, unchecked")?);
    }
    Ok(decode)
}

fn run() -> io::Result<String> {
    let mut cargo = Command::new("cargo");
    let output = cargo.args(["bench", "--quiet", "-p", "wireloom", "--bench", "wire", "--", "decode:"]).output()?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}
