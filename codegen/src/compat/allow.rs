//! Allowed breaks: a text of lines, each a rule, a subject and a reason.
//!
//! ```text
//! # rule         subject                 reason
//! field-removed  shop.orders.Order.fax   nobody has had a fax since 2019
//! ```
//!
//! A subject that ends in `.*` stands for all below it. A line without a reason is an error, one that allows nothing a warning.

use wireloom_idl::compat::{Findings, Rule};
use wireloom_idl::{Diagnostic, Diagnostics, FileId, Span, nearest};

use super::all_rules;
use crate::load::codes;

/// How many lines a text may have.
const LINES_MAX: usize = 10_000;

/// One line.
#[derive(Clone, Debug)]
pub struct Allowance {
    rule: String,
    subject: String,
    reason: String,
    at: Span,
}

/// The lines of one text.
#[derive(Clone, Debug, Default)]
pub struct Allowances {
    lines: Vec<Allowance>,
}

impl Allowances {
    /// Reads a text.
    pub fn parse(file: FileId, text: &str) -> (Allowances, Diagnostics) {
        let rules = all_rules();
        let (mut lines, mut report, mut start) = (Vec::new(), Diagnostics::new(), 0);
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let said = line.trim();
            let begin = start + (line.len() - line.trim_start().len());
            start += line.len();
            if index == LINES_MAX {
                let at = Span::new(file, begin, begin + said.len());
                let message = format!("this is line {}: no more than {LINES_MAX} are read", LINES_MAX + 1);
                let help = "let a subject that ends in `.*` stand for all below it";
                report.push(Diagnostic::new(&codes::ALLOW_LINE, at, message).help(help));
                break;
            }
            if said.is_empty() || said.starts_with('#') {
                continue;
            }
            match read(said, Span::new(file, begin, begin + said.len()), &rules) {
                Ok(line) => lines.push(line),
                Err(diagnostic) => report.push(*diagnostic),
            }
        }
        (Allowances { lines }, report)
    }

    /// Takes these of another text as well.
    pub fn append(&mut self, other: Allowances) {
        self.lines.extend(other.lines);
    }

    /// Marks what is allowed, and says which lines allow nothing.
    pub fn apply(&self, findings: &mut Findings) -> Diagnostics {
        let mut is_used = vec![false; self.lines.len()];
        for finding in findings.iter_mut() {
            for (line, is_used) in self.lines.iter().zip(&mut is_used) {
                if line.rule == finding.rule.code.name && line.covers(&finding.subject) {
                    *is_used = true;
                    finding.allowed.get_or_insert_with(|| line.reason.clone());
                }
            }
        }
        let mut report = Diagnostics::new();
        for (line, _) in self.lines.iter().zip(is_used).filter(|(_, used)| !used) {
            let message = format!("nothing is allowed here: there is no `{}` at `{}`", line.rule, line.subject);
            report.push(Diagnostic::new(&codes::ALLOW_LINE_UNUSED, line.at, message).help("take the line out"));
        }
        report
    }
}

impl Allowance {
    fn covers(&self, subject: &str) -> bool {
        match self.subject.strip_suffix(".*") {
            Some(above) => subject.strip_prefix(above).is_some_and(|rest| rest.starts_with('.')),
            None => subject == self.subject,
        }
    }
}

fn read(line: &str, at: Span, rules: &[&Rule]) -> Result<Allowance, Box<Diagnostic>> {
    let mut words = line.splitn(2, char::is_whitespace);
    let rule = words.next().unwrap_or_default();
    let (subject, reason) = match words.next().unwrap_or_default().trim_start().split_once(char::is_whitespace) {
        Some((subject, reason)) => (subject, reason.trim()),
        None => ("", ""),
    };
    let wrong = |message: String, help: String| Box::new(Diagnostic::new(&codes::ALLOW_LINE, at, message).help(help));
    if !rules.iter().any(|it| it.code.name == rule) {
        let help = match nearest(rule, rules.iter().map(|it| it.code.name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`wireloom diff` names the rule of each finding".to_owned(),
        };
        return Err(wrong(format!("there is no rule `{rule}`"), help));
    }
    if reason.is_empty() {
        let help = "write the rule, the subject and why it may break: `field-removed shop.Order.fax nobody has one`";
        return Err(wrong("an allowance says why".to_owned(), help.to_owned()));
    }
    Ok(Allowance { rule: rule.to_owned(), subject: subject.to_owned(), reason: reason.to_owned(), at })
}
