//! Items.

use super::block::{After, Block};
use super::build::{Builder, Step};
use super::{bindings, members, services, values};
use crate::source::Span;
use crate::syntax::tree::{
    Enum, Extern, Import, Imported, Item, Marks, Name, Package, Record, RecordKind, RecordMember, Scalar, Union,
};

pub(super) fn item(to: &mut Builder<'_>, item: &Item) {
    match item {
        Item::Package(it) => package(to, it),
        Item::Import(it) => import(to, it),
        Item::Scalar(it) => scalar(to, it),
        Item::Record(it) => record(to, it),
        Item::Enum(it) => enumeration(to, it),
        Item::Union(it) => union(to, it),
        Item::Extern(it) => foreign(to, it),
        Item::Service(it) => services::service(to, it),
        Item::Bind(it) => bindings::bind(to, it),
        Item::Example(it) => bindings::example(to, it),
        Item::Broken(_) => unreachable!("only sound trees are formatted"),
    }
}

/// Annotations and the keyword of an item.
pub(super) fn start(to: &mut Builder<'_>, marks: &Marks, span: Span, keyword: &str) {
    annotations(to, marks);
    if marks.annotations.is_empty() {
        to.begin(span, keyword);
    } else {
        to.text(keyword);
    }
    to.space();
}

/// Each annotation keeps its line to itself if it was written so.
pub(super) fn annotations(to: &mut Builder<'_>, marks: &Marks) {
    for annotation in &marks.annotations {
        values::annotation(to, annotation);
        match to.is_line_end(annotation.span.end) {
            true => to.push(Step::Break),
            false => to.space(),
        }
    }
}

fn package(to: &mut Builder<'_>, it: &Package) {
    start(to, &it.marks, it.span, "package");
    to.token(it.path.span);
    if let Some(version) = &it.version {
        to.text(" version ");
        to.token(version.span);
    }
}

fn import(to: &mut Builder<'_>, it: &Import) {
    start(to, &it.marks, it.span, "import");
    to.token(it.path.span);
    match &it.what {
        Imported::Package(None) => {}
        Imported::Package(Some(name)) => {
            to.text(" as ");
            to.token(name.span);
        }
        Imported::Names(names) => {
            to.text(".");
            to.block(&Block::NAMES, names.len(), |to, index| {
                to.token(names[index].span);
                After::Usual
            });
        }
    }
}

fn scalar(to: &mut Builder<'_>, it: &Scalar) {
    start(to, &it.marks, it.span, "scalar");
    head(to, &it.name, it.was.as_ref(), &[]);
    to.text(": ");
    members::type_expr(to, &it.base);
    members::constraints(to, &it.constraints);
}

fn record(to: &mut Builder<'_>, it: &Record) {
    let keyword = match it.kind {
        RecordKind::Record => "record",
        RecordKind::Fault(_) => "fault",
        RecordKind::Event(_) => "event",
    };
    start(to, &it.marks, it.span, keyword);
    head(to, &it.name, it.was.as_ref(), &it.parameters);
    if let RecordKind::Fault(code) = &it.kind {
        to.text(": ");
        to.token(code.span);
    }
    let has_body = !matches!(it.kind, RecordKind::Fault(_)) || to.written(it.span).ends_with('}');
    if has_body {
        to.space();
        fields(to, &it.members);
    }
    if let RecordKind::Event(Some(key)) = &it.kind {
        to.text(" key ");
        to.token(key.span);
    }
}

fn enumeration(to: &mut Builder<'_>, it: &Enum) {
    let keyword = if it.closed.is_some() { "closed enum" } else { "enum" };
    start(to, &it.marks, it.span, keyword);
    head(to, &it.name, it.was.as_ref(), &[]);
    to.space();
    to.block(&Block::MEMBERS, it.members.len(), |to, index| {
        let member = &it.members[index];
        members::case(to, &member.marks, &member.name, None, member.pin.as_ref(), member.was.as_ref())
    });
}

fn union(to: &mut Builder<'_>, it: &Union) {
    let keyword = if it.closed.is_some() { "closed union" } else { "union" };
    start(to, &it.marks, it.span, keyword);
    head(to, &it.name, it.was.as_ref(), &it.parameters);
    if let Some(tag) = &it.tag {
        to.text(" tagged by ");
        to.token(tag.span);
    }
    to.space();
    to.block(&Block::MEMBERS, it.cases.len(), |to, index| {
        let case = &it.cases[index];
        members::case(to, &case.marks, &case.name, case.ty.as_ref(), case.pin.as_ref(), case.was.as_ref())
    });
}

fn foreign(to: &mut Builder<'_>, it: &Extern) {
    start(to, &it.marks, it.span, "extern record");
    to.token(it.name.span);
    to.text(" = ");
    to.token(it.language.span);
    to.space();
    to.token(it.target.span);
    if let Some(shape) = &it.members {
        to.space();
        fields(to, shape);
    }
}

fn fields(to: &mut Builder<'_>, members: &[RecordMember]) {
    to.block(&Block::MEMBERS, members.len(), |to, index| {
        members::record_member(to, &members[index]);
        After::Usual
    });
}

/// `Name<T> was Old`
pub(super) fn head(to: &mut Builder<'_>, name: &Name, was: Option<&Name>, parameters: &[Name]) {
    to.token(name.span);
    let tell = |to: &mut Builder<'_>| {
        for (index, parameter) in parameters.iter().enumerate() {
            to.text(if index == 0 { "<" } else { ", " });
            to.token(parameter.span);
        }
        if !parameters.is_empty() {
            to.text(">");
        }
        if let Some(was) = was {
            to.text(" was ");
            to.token(was.span);
        }
    };
    match (was, parameters.last()) {
        (Some(was), Some(last)) if was.span < last.span => to.reordered(tell),
        _ => tell(to),
    }
}
