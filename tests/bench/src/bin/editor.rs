//! The language server on a large contract: how long after a keystroke its diagnostics are there.
//!
//! `bench-editor OUTPUT.md` starts the `wireloom lsp` that lies beside it, opens a contract of one file, and types into it over the
//! protocol, as an editor does: a letter, wait, the next letter. `bench-editor --quick` types little.

#![expect(clippy::disallowed_methods, reason = "what is measured is real time")]

use std::io::{self, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use lsp_server::{Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use wireloom_bench::contract;
use wireloom_bench::process::{cpu_time_of, sibling};
use wireloom_bench::statistics::{Sample, table};

const RECORDS: usize = 1_000;
const SERVICES: usize = 100;

/// What a keystroke may take, in milliseconds.
const WANTED: f64 = 50.0;

fn main() -> io::Result<()> {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let rounds = if argument == "--quick" { 3 } else { 20 };
    let folder = tempfile::tempdir()?;
    let (path, text) = contract::write_one(&folder.path().canonicalize()?, RECORDS, SERVICES)?;
    let mut editor = Editor::start(path.parent().unwrap_or(Path::new("/")))?;
    let opened = editor.open(&path, &text)?;
    let typed = TYPED.iter().map(|place| place.run(&mut editor, &text, rounds)).collect::<io::Result<Vec<_>>>()?;
    editor.stop()?;
    let report = report(text.lines().count(), opened, &typed);
    io::stdout().write_all(report.as_bytes())?;
    if argument.ends_with(".md") {
        std::fs::write(argument, report)?;
    }
    Ok(())
}

/// Where something is typed, letter by letter, and taken back the same way.
struct Place {
    what: &'static str,
    /// A stretch of the text that occurs once; typing goes on behind it.
    behind: &'static str,
    letters: &'static str,
}

const TYPED: &[Place] = &[
    Place { what: "in documentation", behind: "/// A thing of kind 500, as the company", letters: " now" },
    Place { what: "a field's name", behind: "record Thing500 {\n    /// Set by the server.\n    i", letters: "dent" },
    Place { what: "a type, wrong while it is typed", behind: "state: State500", letters: "xyz" },
    Place { what: "a new field, broken until it is whole", behind: "record Thing501 {\n", letters: "a: u32\n" },
    Place { what: "a new operation at the end", behind: "service Store99 {\n    public\n", letters: "f() safe\n" },
];

/// What was measured at one place, in milliseconds.
struct Typed {
    what: &'static str,
    wall: Vec<f64>,
    cpu: Sample,
}

impl Place {
    fn run(&self, editor: &mut Editor, text: &str, rounds: usize) -> io::Result<Typed> {
        let at = text.find(self.behind).ok_or_else(|| io::Error::other(self.behind))? + self.behind.len();
        let mut line = text[..at].matches('\n').count();
        let mut column = at - text[..at].rfind('\n').map_or(0, |end| end + 1);
        let mut typed = Typed { what: self.what, wall: Vec::new(), cpu: Sample::default() };
        for _ in 0..rounds {
            let mut places = Vec::new();
            for letter in self.letters.chars() {
                let next = if letter == '\n' { (line + 1, 0) } else { (line, column + 1) };
                places.push((line, column, next));
                typed.add(editor.replace((line, column), (line, column), &letter.to_string())?);
                (line, column) = next;
            }
            for (start_line, start_column, next) in places.into_iter().rev() {
                typed.add(editor.replace((start_line, start_column), next, "")?);
                (line, column) = (start_line, start_column);
            }
        }
        Ok(typed)
    }
}

impl Typed {
    fn add(&mut self, (wall, cpu): (Duration, Duration)) {
        self.wall.push(wall.as_secs_f64() * 1e3);
        self.cpu.push(cpu.as_secs_f64() * 1e3);
    }
}

/// A server, and what an editor knows of it.
struct Editor {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    uri: String,
    version: i32,
}

impl Editor {
    fn start(root: &Path) -> io::Result<Editor> {
        let mut child =
            Command::new(sibling("wireloom")?).arg("lsp").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().ok_or_else(|| io::Error::other("no input"))?;
        let output = BufReader::new(child.stdout.take().ok_or_else(|| io::Error::other("no output"))?);
        let mut editor = Editor { child, input, output, uri: String::new(), version: 1 };
        // The folder around the package, where the other one lies too.
        let root = uri(root.parent().unwrap_or(root));
        let params = json!({ "processId": null, "rootUri": root, "capabilities": {} });
        editor.ask("initialize", params)?;
        editor.tell("initialized", json!({}))?;
        Ok(editor)
    }

    /// Opens a file; how long until its diagnostics are there.
    fn open(&mut self, path: &Path, text: &str) -> io::Result<Duration> {
        self.uri = uri(path);
        let document = json!({ "uri": self.uri, "languageId": "loom", "version": 1, "text": text });
        let started = Instant::now();
        self.tell("textDocument/didOpen", json!({ "textDocument": document }))?;
        self.diagnostics()?;
        Ok(started.elapsed())
    }

    /// One keystroke: the time until its diagnostics are there, by the clock and of the server's CPU.
    fn replace(&mut self, start: (usize, usize), end: (usize, usize), text: &str) -> io::Result<(Duration, Duration)> {
        self.version += 1;
        let place = |(line, character): (usize, usize)| json!({ "line": line, "character": character });
        let change = json!({ "range": { "start": place(start), "end": place(end) }, "text": text });
        let document = json!({ "uri": self.uri, "version": self.version });
        let cpu = cpu_time_of(self.child.id())?;
        let started = Instant::now();
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }))?;
        let version = self.diagnostics()?;
        if version != i64::from(self.version) {
            return Err(io::Error::other(format!("diagnostics of version {version}, not {}", self.version)));
        }
        Ok((started.elapsed(), cpu_time_of(self.child.id())?.saturating_sub(cpu)))
    }

    /// Waits for diagnostics of the open file; for which version they are.
    fn diagnostics(&mut self) -> io::Result<i64> {
        loop {
            let Message::Notification(notice) = self.read()? else { continue };
            if notice.method == "textDocument/publishDiagnostics" && notice.params["uri"] == self.uri.as_str() {
                return Ok(notice.params["version"].as_i64().unwrap_or_default());
            }
        }
    }

    fn read(&mut self) -> io::Result<Message> {
        Message::read(&mut self.output)?.ok_or_else(|| io::Error::other("the server is gone"))
    }

    fn tell(&mut self, method: &str, params: Value) -> io::Result<()> {
        Message::Notification(Notification::new(method.to_owned(), params)).write(&mut self.input)
    }

    fn ask(&mut self, method: &str, params: Value) -> io::Result<()> {
        let request = Request::new(RequestId::from(0), method.to_owned(), params);
        Message::Request(request).write(&mut self.input)?;
        while !matches!(self.read()?, Message::Response(_)) {}
        Ok(())
    }

    fn stop(mut self) -> io::Result<()> {
        self.ask("shutdown", Value::Null)?;
        self.tell("exit", Value::Null)?;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("the server ended with {status}"))) }
    }
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn report(lines: usize, opened: Duration, typed: &[Typed]) -> String {
    let mut rows = vec![["what is typed", "keystrokes", "median ms", "p95 ms", "CPU ms"].map(str::to_owned).to_vec()];
    let mut all = Vec::new();
    for it in typed {
        rows.push(row(it.what, &it.wall, Some(&it.cpu)));
        all.extend(it.wall.iter().copied());
    }
    rows.push(row("all", &all, None));
    let verdict = if quantile(&all, 0.95) <= WANTED { "within" } else { "above" };
    format!(
        "{}\nA contract of {lines} lines in one file: {RECORDS} records of ten fields, {SERVICES} services of ten operations. \
         Opening it takes {:.0} ms. The p95 is {verdict} the {WANTED:.0} ms that are wanted.\n",
        table(&rows),
        opened.as_secs_f64() * 1e3
    )
}

fn row(what: &str, wall: &[f64], cpu: Option<&Sample>) -> Vec<String> {
    vec![
        what.to_owned(),
        wall.len().to_string(),
        format!("{:.1}", quantile(wall, 0.5)),
        format!("{:.1}", quantile(wall, 0.95)),
        cpu.map_or(String::new(), |cpu| format!("{:.1}", cpu.median())),
    ]
}

/// The value that so much of all is not above.
fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * part).round() as usize).copied().unwrap_or_default()
}
