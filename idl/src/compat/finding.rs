//! Findings: a change, where it is, and what it does to whom.

use std::collections::BTreeMap;

use super::facet::{Direction, Facet, Facets, Reach, Verdict};
use super::rules::Rule;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::{FileId, Span};

/// One change at one subject.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What kind of change.
    pub rule: &'static Rule,
    /// What changed, with its package: `shop.orders.Order.note`.
    pub subject: String,
    /// What happened, in one line.
    pub message: String,
    /// Where it was, in the old files.
    pub was: Option<Span>,
    /// Where it is now, or where it is missing.
    pub now: Option<Span>,
    /// Which facets take part.
    pub reach: Reach,
    /// Why somebody allows it; then it breaks nothing.
    pub allowed: Option<String>,
}

/// A change that is about to be told.
#[derive(Debug)]
pub struct Change {
    /// What changed.
    pub subject: String,
    /// What happened.
    pub message: String,
    /// Where it was.
    pub was: Option<Span>,
    /// Where it is now.
    pub now: Option<Span>,
}

impl Change {
    /// A change at a subject.
    pub fn new(subject: impl Into<String>, message: impl Into<String>) -> Change {
        Change { subject: subject.into(), message: message.into(), was: None, now: None }
    }

    /// Where it was.
    #[must_use]
    pub fn was(mut self, at: Span) -> Change {
        self.was = Some(at);
        self
    }

    /// Where it is now.
    #[must_use]
    pub fn now(mut self, at: Span) -> Change {
        self.now = Some(at);
        self
    }
}

impl Finding {
    /// The verdicts, but for what is fine, in the order of facets.
    pub fn verdicts(&self) -> impl Iterator<Item = (Facet, Direction, Verdict)> + '_ {
        let all = Facet::ALL.into_iter().flat_map(|facet| Direction::ALL.map(|direction| (facet, direction)));
        let taking_part = all.filter(|&(facet, direction)| self.reach.has(facet, direction));
        taking_part
            .map(|(facet, direction)| (facet, direction, self.rule.verdict(facet, direction)))
            .filter(|(.., verdict)| *verdict != Verdict::Fine)
    }

    /// The worst of them.
    pub fn verdict(&self) -> Verdict {
        self.verdicts().map(|(.., verdict)| verdict).max().unwrap_or(Verdict::Fine)
    }

    /// Whether it breaks something and nobody allows it.
    pub fn breaks(&self) -> bool {
        self.allowed.is_none() && self.verdict() == Verdict::Break
    }

    /// What it does, in words: "breaks json (output), proto; mind rust"; nothing where everything is fine.
    pub fn effect(&self) -> String {
        let named = |wanted: Verdict, word: &str| {
            let facets: Vec<String> = Facet::ALL.iter().filter_map(|&facet| self.told(facet, wanted)).collect();
            (!facets.is_empty()).then(|| format!("{word} {}", facets.join(", ")))
        };
        let parts = [named(Verdict::Break, "breaks"), named(Verdict::Warn, "mind")];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// A facet with that verdict; the direction is told where the other one fares better.
    fn told(&self, facet: Facet, wanted: Verdict) -> Option<String> {
        let here: Vec<Direction> =
            self.verdicts().filter(|it| it.0 == facet && it.2 == wanted).map(|it| it.1).collect();
        match here.as_slice() {
            [] => None,
            [only] if !self.rule.is_alike(facet) => Some(format!("{} ({})", facet.as_str(), only.as_str())),
            _ => Some(facet.as_str().to_owned()),
        }
    }

    /// The same as a diagnostic. The files of the old state stand behind `old_files` others in the sources that it is drawn from.
    pub fn diagnostic(&self, old_files: u32) -> Diagnostic {
        let effect = self.effect();
        let message = if effect.is_empty() { self.message.clone() } else { format!("{}: {effect}", self.message) };
        let severity = match (self.verdict(), &self.allowed) {
            (Verdict::Fine, _) | (_, Some(_)) => Severity::Info,
            (Verdict::Warn, _) => Severity::Warning,
            (Verdict::Break, _) => Severity::Error,
        };
        let was = self.was.map(|at| Span { file: FileId(at.file.0 + old_files), ..at });
        let now = self.now.map(|span| Label { span, text: String::new() });
        let was = was.map(|span| Label { span, text: "before".to_owned() });
        let help = match &self.allowed {
            Some(reason) => Some(format!("allowed: {reason}")),
            None => self.rule.advice.filter(|_| severity != Severity::Info).map(str::to_owned),
        };
        Diagnostic {
            severity,
            labels: now.into_iter().chain(was).collect(),
            help,
            ..Diagnostic::nowhere(&self.rule.code, message)
        }
    }
}

/// What a comparison has found: one finding a rule and subject.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    by_subject: BTreeMap<(String, &'static str), Finding>,
}

impl Findings {
    /// Adds a change; one that is known already takes part wherever either does.
    pub fn add(&mut self, rule: &'static Rule, reach: Reach, change: Change) {
        let Change { subject, message, was, now } = change;
        let key = (subject.clone(), rule.code.name);
        let found = self.by_subject.entry(key).or_insert_with(|| Finding {
            rule,
            subject,
            message,
            was,
            now,
            reach: Reach::NONE,
            allowed: None,
        });
        found.reach = found.reach.or(reach);
    }

    /// All of them, by where they are now, then by where they were.
    pub fn sorted(&self) -> Vec<&Finding> {
        let mut all: Vec<&Finding> = self.by_subject.values().collect();
        all.sort_by_key(|it| (it.now.is_none(), it.now, it.was));
        all
    }

    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        self.by_subject.values_mut()
    }

    /// Leaves only what these facets say.
    #[must_use]
    pub fn within(mut self, facets: Facets) -> Findings {
        self.by_subject.retain(|_, finding| {
            finding.reach = finding.reach.within(facets);
            !finding.reach.is_empty()
        });
        self
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.by_subject.is_empty()
    }

    /// Whether one of them breaks something.
    pub fn break_anything(&self) -> bool {
        self.by_subject.values().any(Finding::breaks)
    }
}
