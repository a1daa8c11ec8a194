//! Routes by the segments of their paths, so that those which may fit one path are found without looking at all.

use std::collections::BTreeMap;

use crate::bind::http::Segment;

/// A tree of segments; where a path ends stand the numbers of its routes.
#[derive(Debug, Default)]
pub(super) struct Shelf<'v> {
    literals: BTreeMap<&'v str, Shelf<'v>>,
    variable: Option<Box<Shelf<'v>>>,
    routes: Vec<usize>,
}

impl<'v> Shelf<'v> {
    /// Puts a route at a path; none of its segments is a variable's.
    pub(super) fn put(&mut self, path: impl Iterator<Item = Option<&'v str>>, route: usize) {
        let mut at = self;
        for segment in path {
            at = match segment {
                Some(text) => at.literals.entry(text).or_default(),
                None => at.variable.get_or_insert_default(),
            };
        }
        at.routes.push(route);
    }

    /// The routes, in order, at this very path; what variables are called does not matter.
    pub(super) fn at(&self, path: &[Segment]) -> &[usize] {
        let mut at = self;
        for segment in path {
            let next = match segment {
                Segment::Literal(text) => at.literals.get(text.as_str()),
                Segment::Variable { .. } => at.variable.as_deref(),
            };
            let Some(next) = next else { return &[] };
            at = next;
        }
        &at.routes
    }

    /// The routes, in order, whose paths are as long and have no other text at any position where both have one.
    pub(super) fn like(&self, path: &[Segment]) -> Vec<usize> {
        let (mut here, mut next) = (vec![self], Vec::new());
        for segment in path {
            here.drain(..).for_each(|shelf| shelf.step(segment, &mut next));
            std::mem::swap(&mut here, &mut next);
        }
        let mut routes: Vec<usize> = here.into_iter().flat_map(|shelf| shelf.routes.iter().copied()).collect();
        routes.sort_unstable();
        routes
    }

    fn step<'s>(&'s self, segment: &Segment, next: &mut Vec<&'s Shelf<'v>>) {
        match segment {
            Segment::Literal(text) => next.extend(self.literals.get(text.as_str())),
            Segment::Variable { .. } => next.extend(self.literals.values()),
        }
        next.extend(self.variable.as_deref());
    }
}
