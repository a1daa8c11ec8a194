//! A large contract, as a company's might be: packages of records, enums and services that lean on a common one.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// Records of a package, each of ten fields.
const RECORDS: usize = 60;

/// Services of a package, each of ten operations.
const SERVICES: usize = 6;

/// What each package uses.
const COMMON: &str = "package company.common

/// Who changed a thing, and when.
record Audit { created_at: timestamp readonly, changed_at: timestamp readonly, changed_by: string }

/// An amount in one currency.
record Money { amount: decimal, currency: string where matches /^[A-Z]{3}$/ }

/// Which part of a long list is wanted.
record Page { size: u32 = 50 where value in 1..500, token: string? }

/// A part of a long list.
record Paged<T> { items: [T], next: string? }

/// It is not there.
fault NotFound: not_found { name: string }

/// Somebody else was faster.
fault Conflict: aborted { name: string, version: u64 }
";

/// Writes packages into folders until there are so many lines; gives their number.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, lines_min: usize) -> io::Result<usize> {
    let mut lines = write_package(folder, "common", COMMON)?;
    let mut number = 0;
    while lines < lines_min {
        let name = format!("part{number}");
        lines += write_package(folder, &name, &package(&name, RECORDS, SERVICES))?;
        number += 1;
    }
    Ok(lines)
}

/// Writes one package in one file, with so many records and services; gives the file's path and text.
///
/// # Errors
/// When a file cannot be written.
pub fn write_one(folder: &Path, records: usize, services: usize) -> io::Result<(PathBuf, String)> {
    write_package(folder, "common", COMMON)?;
    let text = package("whole", records, services);
    write_package(folder, "whole", &text)?;
    Ok((folder.join("whole/whole.loom"), text))
}

fn write_package(folder: &Path, name: &str, text: &str) -> io::Result<usize> {
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(format!("{name}.loom")), text)?;
    Ok(text.lines().count())
}

fn package(name: &str, records: usize, services: usize) -> String {
    let mut text = format!(
        "package company.{name} version 2\n\nimport company.common.{{Audit, Conflict, Money, NotFound, Page, Paged}}\n\n"
    );
    text.push_str("/// Names one thing of this package.\nscalar Id: uuid\nscalar Label: string where length in 1..80 and matches /^[A-Za-z0-9 ._-]+$/\n\n");
    (0..records).for_each(|number| record(number, &mut text));
    (0..services).for_each(|number| service(name, number, &mut text));
    text
}

fn record(number: usize, text: &mut String) {
    let before = number.saturating_sub(1);
    let part = if number == 0 { "Label".to_owned() } else { format!("Thing{before}") };
    let _ = write!(
        text,
        "/// A thing of kind {number}, as the company sees it.\n\
         ///\n\
         /// It belongs to one owner and refers to those before it.\n\
         record Thing{number} {{\n    \
             /// Set by the server.\n    \
             id: Id readonly\n    \
             label: Label\n    \
             /// Who is asked when something is wrong with it.\n    \
             owner: string where format email\n    \
             count: u32 where value in 1..9999\n    \
             price: Money\n    \
             state: State{number} = open\n    \
             parts: [{part}] where size <= 100\n    \
             note: string? where length <= 500\n    \
             tags: map<string, string> = {{}}\n    \
             audit: Audit\n\
         }}\n\n\
         /// Where a thing of kind {number} stands.\n\
         enum State{number} {{ open, held, shipped, closed }}\n\n"
    );
}

fn service(package: &str, number: usize, text: &mut String) {
    let thing = format!("Thing{number}");
    let _ = write!(
        text,
        "/// Keeps things of kind {number}.\n\
         service Store{number} {{\n    \
             public\n    \
             policy {{ deadline 2s }}\n\n    \
             /// Takes a new one.\n    \
             place(draft: draft {thing}, token: idempotency_key) -> {thing}\n        \
                 fails Conflict\n        \
                 keyed(token)\n\n    \
             /// Gives the one of that name.\n    \
             get(id: Id) -> {thing}\n        \
                 fails NotFound\n        \
                 safe\n        \
                 policy {{ deadline 300ms }}\n\n    \
             /// Gives those that fit, a page at a time.\n    \
             find(state: State{number}?, page: Page) -> Paged<{thing}>\n        \
                 safe\n\n    \
             /// Changes what the patch says.\n    \
             change(id: Id, patch: patch {thing}) -> {thing}\n        \
                 fails NotFound, Conflict\n        \
                 idempotent\n\n    \
             /// Gives it up.\n    \
             remove(id: Id)\n        \
                 fails NotFound\n        \
                 idempotent\n\n    \
             /// Moves it to another owner.\n    \
             give(id: Id, owner: string where format email) -> {thing}\n        \
                 fails NotFound\n\n    \
             /// Holds it until somebody releases it.\n    \
             hold(id: Id, reason: string? where length <= 200) -> {thing}\n        \
                 fails NotFound, Conflict\n        \
                 idempotent\n\n    \
             /// How many there are.\n    \
             count(state: State{number}?) -> u64\n        \
                 safe\n\n    \
             /// Follows changes.\n    \
             watch(since: timestamp?) -> stream {thing}\n        \
                 safe\n\n    \
             /// Writes all of them anew.\n    \
             replace(things: [draft {thing}] where size <= 1000) -> u32\n\
         }}\n\n\
         bind Store{number} to rest at \"/v2/{package}/kind-{number}\" {{\n    \
             place: POST \"/\" body draft -> 201\n    \
             get: GET \"/{{id}}\"\n    \
             find: GET \"/\"\n    \
             change: PATCH \"/{{id}}\" body patch\n    \
             remove: DELETE \"/{{id}}\"\n    \
             ...\n\
         }}\n\n"
    );
}
