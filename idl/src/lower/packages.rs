//! Packages: which files make one, in which order they are lowered, and what their `package` and `import` lines get wrong.
//!
//! Goes in: the files. Comes out: the files by name, and the packages, imported ones before those that import them. What
//! the imports bring into scope is [`super::collect`]'s work.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::edits::unmarked;
use super::scope::{File, FileIndex, PackageScope};
use super::{SourceTree, words};
use crate::contract::PackageId;
use crate::diagnostic::{Diagnostic, Diagnostics, Edit, codes, fix};
use crate::source::{SourceMap, Span};
use crate::syntax::tree::{self, Item, ValueKind};

/// One `import` of a package, with the package it names.
#[derive(Clone, Copy)]
pub(super) struct ImportLine<'a> {
    pub(super) file: FileIndex,
    pub(super) import: &'a tree::Import,
    /// None where no such package is there, or where it would close a cycle; both are reported.
    pub(super) target: Option<PackageId>,
}

/// Sorts the files into packages and the packages into their order.
pub(super) fn group<'a>(
    sources: &'a SourceMap,
    trees: &[SourceTree<'a>],
    report: &mut Diagnostics,
) -> (Vec<File<'a>>, Vec<PackageScope<'a>>) {
    let mut trees = trees.to_vec();
    trees.sort_by_key(|it| (sources[it.tree.file].name(), it.tree.file));
    let groups = by_name(sources, &trees, report);
    check_folders(&trees, &groups, report);
    let names: Vec<&str> = groups.keys().map(String::as_str).collect();
    let edges = edges(sources, &trees, &names, &groups, report);
    let order = order(&edges);
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(at, &index)| place[index] = at);

    let mut files: Vec<File<'a>> = trees.iter().map(|it| file(sources, it)).collect();
    let mut packages = Vec::new();
    for &index in &order {
        let group = &groups[names[index]];
        let id = PackageId(packages.len() as u32);
        group.files.iter().for_each(|&it| files[it].package = id);
        let imports = edges[index].iter().map(|edge| ImportLine {
            file: edge.file,
            import: edge.import,
            target: edge.to.map(|to| PackageId(place[to] as u32)),
        });
        packages.push(PackageScope {
            name: names[index].to_owned(),
            version: group.version.map_or(1, |(version, _)| version),
            docs: group.docs.clone(),
            imported: group.files.iter().all(|&it| trees[it].imported),
            files: group.files.clone(),
            at: group.at,
            imports: imports.collect(),
            names: BTreeMap::new(),
        });
    }
    (files, packages)
}

fn file<'a>(sources: &'a SourceMap, source: &SourceTree<'a>) -> File<'a> {
    let broken = source.tree.items.iter().flat_map(broken_spans);
    File {
        tree: source.tree,
        folder: source.folder,
        imported: source.imported,
        package: PackageId(0),
        imports: HashMap::new(),
        broken_words: broken.flat_map(|span| words(sources, span)).collect(),
    }
}

/// What could not be read of an item.
fn broken_spans(item: &Item) -> Vec<Span> {
    match item {
        Item::Broken(span) => vec![*span],
        _ => Vec::new(),
    }
}

/// The files of one package.
struct Group {
    files: Vec<FileIndex>,
    version: Option<(u32, Span)>,
    docs: Option<String>,
    at: Span,
}

fn by_name(sources: &SourceMap, trees: &[SourceTree<'_>], report: &mut Diagnostics) -> BTreeMap<String, Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let lines: Vec<_> = trees.iter().map(|it| package_line(sources, it.tree, neighbour(trees, it), report)).collect();
    for (index, line) in lines.iter().enumerate() {
        let Some(line) = line else { continue };
        let at = line.path.span;
        let fresh = || Group { files: Vec::new(), version: None, docs: None, at };
        let group = groups.entry(line.path.text()).or_insert_with(fresh);
        group.files.push(index);
        if group.docs.is_none() {
            group.docs = line.marks.docs.as_ref().map(|docs| docs.text.clone());
        }
        note_version(group, line, report);
    }
    for (index, line) in lines.iter().enumerate() {
        if line.is_none() {
            adopt(index, trees, &lines, &mut groups);
        }
    }
    groups.values_mut().for_each(|group| group.files.sort_unstable());
    groups
}

/// What a file in the same folder says.
fn neighbour<'t>(trees: &[SourceTree<'t>], of: &SourceTree<'_>) -> Option<&'t tree::Path> {
    let mut beside = trees.iter().filter(|it| it.folder == of.folder).flat_map(|it| &it.tree.items);
    beside.find_map(|item| match item {
        Item::Package(package) => Some(&package.path),
        _ => None,
    })
}

/// A file that does not say its package is taken to belong to the package of its folder.
fn adopt(
    index: FileIndex,
    trees: &[SourceTree<'_>],
    lines: &[Option<&tree::Package>],
    groups: &mut BTreeMap<String, Group>,
) {
    let neighbour = (0..trees.len()).find(|&it| trees[it].folder == trees[index].folder && lines[it].is_some());
    let name = neighbour.and_then(|it| lines[it]).map_or_else(String::new, |line| line.path.text());
    let at = Span::new(trees[index].tree.file, 0, 0);
    let fresh = || Group { files: Vec::new(), version: None, docs: None, at };
    groups.entry(name).or_insert_with(fresh).files.push(index);
}

/// The `package` line of a file, which is its first item and its only one.
fn package_line<'t>(
    sources: &SourceMap,
    tree: &'t tree::SyntaxTree,
    neighbour: Option<&tree::Path>,
    report: &mut Diagnostics,
) -> Option<&'t tree::Package> {
    let mut line: Option<&tree::Package> = None;
    for (position, item) in tree.items.iter().enumerate() {
        let Item::Package(package) = item else { continue };
        match line {
            None if position > 0 && !matches!(tree.items[position - 1], Item::Broken(_)) => {
                let message = "the `package` line comes first in a file";
                let diagnostic = Diagnostic::new(&codes::PACKAGE_LINE, package.span, message);
                report.push(match unmarked(&package.marks, package.span) {
                    Some(_) => diagnostic.fix_by("put it first", at_the_top(sources, package.span)),
                    None => diagnostic,
                });
            }
            None => {}
            Some(first) => {
                let diagnostic = Diagnostic::new(&codes::PACKAGE_LINE, package.span, "a file has one `package` line")
                    .also(first.span, "the first is here")
                    .help("what belongs to another package stands in another file, in another folder");
                report.push(match first.path.text() == package.path.text() && package.version.is_none() {
                    true => diagnostic.fix_by("take the second one out", vec![out(sources, package.span)]),
                    false => diagnostic,
                });
            }
        }
        line = line.or(Some(package));
    }
    // What others call it is told as such.
    let is_package = |word: &str| matches!(word, "package" | "namespace" | "module");
    let unread =
        |item: &Item| matches!(item, Item::Broken(span) if words(sources, *span).next().is_some_and(is_package));
    if line.is_none() && !tree.items.iter().any(unread) {
        let place = tree.items.first().map_or(Span::new(tree.file, 0, 0), |item| item.span().before());
        let name = neighbour.map_or_else(|| from_file_name(sources[tree.file].name()), tree::Path::text);
        report.push(
            Diagnostic::new(&codes::PACKAGE_LINE, place, "a file begins with its package: `package shop.orders`")
                .help("the package is the name by which other files import what this one declares")
                .fix(format!("write `package {name}`"), place.before(), format!("package {name}\n\n")),
        );
    }
    line
}

/// A package's name, as the file is called: `Shop-Orders.loom` is `shop_orders`.
fn from_file_name(file: &str) -> String {
    let stem = file.rsplit(['/', '\\']).next().unwrap_or_default().split('.').next().unwrap_or_default();
    let plain: String = stem.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    let name = super::naming::snake(&plain);
    if name == "x" { "contract".to_owned() } else { name }
}

fn out(sources: &SourceMap, place: Span) -> Edit {
    Edit::remove(fix::with_blanks(sources[place.file].text(), place))
}

fn at_the_top(sources: &SourceMap, line: Span) -> Vec<Edit> {
    let top = Span::new(line.file, 0, 0);
    vec![Edit::insert(top, format!("{}\n\n", sources.text(line))), out(sources, line)]
}

fn note_version(group: &mut Group, line: &tree::Package, report: &mut Diagnostics) {
    let Some(value) = &line.version else { return };
    let number = match &value.kind {
        ValueKind::Number(digits) => digits.parse::<u32>().ok().filter(|number| *number > 0),
        _ => None,
    };
    let Some(number) = number else {
        let message = "a version is a whole number from 1: `version 2`";
        let diagnostic = Diagnostic::new(&codes::PACKAGE_VERSION, value.span, message);
        report.push(match major(&value.kind) {
            Some(major) => diagnostic.fix(format!("write `{major}`"), value.span, major),
            None => diagnostic,
        });
        return;
    };
    match group.version {
        None => group.version = Some((number, value.span)),
        Some((first, _)) if first == number => {}
        Some((first, at)) => report.push(
            Diagnostic::new(
                &codes::PACKAGE_VERSION,
                value.span,
                format!("package `{}` has two versions", line.path.text()),
            )
            .label(format!("{number} here"))
            .also(at, format!("{first} here"))
            .help("all files of a package say the same version; two versions side by side are two packages"),
        ),
    }
}

/// The version that `1.2` or `0.3` means: what breaks nothing is no new one.
fn major(written: &ValueKind) -> Option<String> {
    let (ValueKind::Number(text) | ValueKind::Text(text)) = written else { return None };
    let first = text.trim_start_matches('v').split('.').next()?.parse::<u32>().ok()?;
    Some(first.max(1).to_string())
}

/// A package lies in one folder, and a folder holds one package.
fn check_folders(trees: &[SourceTree<'_>], groups: &BTreeMap<String, Group>, report: &mut Diagnostics) {
    let mut folders: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    let mut homes: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    let mut owner = vec![""; trees.len()];
    groups.iter().for_each(|(name, group)| group.files.iter().for_each(|&file| owner[file] = name));
    for (source, name) in trees.iter().zip(owner) {
        let line = source.tree.items.iter().find_map(|item| match item {
            Item::Package(package) => Some(package.path.span),
            _ => None,
        });
        let Some(at) = line else { continue };
        let (first, first_at) = *folders.entry(source.folder).or_insert((name, at));
        let (home, home_at) = *homes.entry(name).or_insert((source.folder, at));
        if first != name {
            report.push(
                Diagnostic::new(
                    &codes::PACKAGE_FOLDER,
                    at,
                    format!("two packages in one folder: `{first}` and `{name}`"),
                )
                .also(first_at, format!("`{first}` is here"))
                .help("give each package a folder of its own: its `loom.lock` lies there"),
            );
        } else if home != source.folder {
            report.push(
                Diagnostic::new(&codes::PACKAGE_FOLDER, at, format!("package `{name}` lies in two folders"))
                    .also(home_at, "it is here as well")
                    .help("move its files into one folder: its `loom.lock` lies there"),
            );
        }
    }
}

struct Edge<'a> {
    file: FileIndex,
    import: &'a tree::Import,
    to: Option<usize>,
}

/// The imports of each package, those of packages that are not there or close a cycle without a target.
fn edges<'a>(
    sources: &SourceMap,
    trees: &[SourceTree<'a>],
    names: &[&str],
    groups: &BTreeMap<String, Group>,
    report: &mut Diagnostics,
) -> Vec<Vec<Edge<'a>>> {
    let index: HashMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let mut edges: Vec<Vec<Edge<'a>>> = Vec::new();
    for name in names {
        let mut own = Vec::new();
        for &file in &groups[*name].files {
            for item in &trees[file].tree.items {
                let Item::Import(import) = item else { continue };
                let to = index.get(import.path.text().as_str()).copied();
                if to.is_none() {
                    report_unknown(import, names, report);
                }
                own.push(Edge { file, import, to });
            }
        }
        edges.push(own);
    }
    cut_cycles(sources, names, &mut edges, report);
    edges
}

fn report_unknown(import: &tree::Import, names: &[&str], report: &mut Diagnostics) {
    let name = import.path.text();
    let diagnostic =
        Diagnostic::new(&codes::UNKNOWN_PACKAGE, import.path.span, format!("no package `{name}` is among the files"));
    report.push(match super::suggest::nearest(&name, names.iter().copied().filter(|it| !it.is_empty())) {
        Some(near) => {
            diagnostic.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), import.path.span, near)
        }
        None => diagnostic.help("name the folder that holds it: `-I FOLDER`"),
    });
}

/// Finds imports that lead back to where they came from, reports them and takes their target away.
fn cut_cycles(sources: &SourceMap, names: &[&str], edges: &mut [Vec<Edge<'_>>], report: &mut Diagnostics) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut seen = vec![Seen::No; names.len()];
    for start in 0..names.len() {
        if seen[start] != Seen::No {
            continue;
        }
        seen[start] = Seen::Open;
        let mut way = vec![(start, 0)];
        while let Some((package, next)) = way.last_mut() {
            let (package, edge) = (*package, *next);
            *next += 1;
            let Some(Edge { to, import, .. }) = edges[package].get(edge) else {
                seen[package] = Seen::Done;
                way.pop();
                continue;
            };
            match to.map(|to| (to, seen[to])) {
                Some((to, Seen::No)) => {
                    seen[to] = Seen::Open;
                    way.push((to, 0));
                }
                Some((to, Seen::Open)) => {
                    let from = way.iter().position(|(it, _)| *it == to).unwrap_or(0);
                    let round: Vec<&str> = way[from..].iter().map(|(it, _)| names[*it]).chain([names[to]]).collect();
                    report.push(cycle(sources, import, &round));
                    edges[package][edge].to = None;
                }
                _ => {}
            }
        }
    }
}

fn cycle(sources: &SourceMap, import: &tree::Import, round: &[&str]) -> Diagnostic {
    let place = import.path.span;
    match round {
        [_, _] => {
            let diagnostic = Diagnostic::new(&codes::IMPORT_CYCLE, place, "a package does not import itself")
                .help("its files see each other's declarations without an import");
            match import.what {
                tree::Imported::Names(_) => diagnostic.fix_by("take the import out", vec![out(sources, import.span)]),
                tree::Imported::Package(_) => diagnostic,
            }
        }
        _ => Diagnostic::new(&codes::IMPORT_CYCLE, place, format!("packages import each other: {}", round.join(" → ")))
            .help("move what both need into a package of its own"),
    }
}

/// Imported packages first, else by name (which is the order of the indexes).
fn order(edges: &[Vec<Edge<'_>>]) -> Vec<usize> {
    let mut waits: Vec<BTreeSet<usize>> =
        edges.iter().map(|own| own.iter().filter_map(|edge| edge.to).collect()).collect();
    let mut importers: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    waits.iter().enumerate().for_each(|(from, all)| all.iter().for_each(|&to| importers[to].push(from)));
    let mut ready: BTreeSet<usize> = (0..edges.len()).filter(|&it| waits[it].is_empty()).collect();
    let mut order = Vec::new();
    while let Some(package) = ready.pop_first() {
        order.push(package);
        for &importer in &importers[package] {
            waits[importer].remove(&package);
            if waits[importer].is_empty() {
                ready.insert(importer);
            }
        }
    }
    order
}
