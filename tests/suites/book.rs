//! The book's snippets: contracts are checked, commands are run, links lead somewhere. Its Rust runs as documentation tests.

#[path = "book/tables.rs"]
mod tables;

use std::path::{Path, PathBuf};
use std::process::Command;

use wireloom_codegen::load;
use wireloom_tests::{blessed, files_below, root};

/// A fenced block: what stands behind the fence's backticks, and its lines.
struct Block {
    place: String,
    info: String,
    text: String,
}

#[test]
fn contracts_are_right() {
    let blocks: Vec<_> = blocks().into_iter().filter(|block| block.info == "loom").collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let found = load::load_text("book.loom", block.text.as_bytes()).check();
        assert!(!found.has_errors(), "{}: {:?}", block.place, found.iter().map(|it| &it.message).collect::<Vec<_>>());
    }
}

/// A block `loom,of=PATH` is a part of that contract, however far in it stands there.
#[test]
fn parts_of_contracts_stand_in_them() {
    let plain = |text: &str| text.lines().map(|line| line.trim().to_owned() + "\n").collect::<String>();
    let blocks = blocks();
    let parts = blocks.iter().filter_map(|block| Some((block, block.info.strip_prefix("loom,of=")?)));
    let found = parts.map(|(block, path)| {
        let contract = std::fs::read_to_string(root().join(path)).unwrap();
        assert!(plain(&contract).contains(&plain(&block.text)), "{}: it is no part of {path}", block.place);
    });
    assert!(found.count() > 0);
}

#[test]
fn contracts_that_are_shown_as_wrong_are() {
    let blocks: Vec<_> = blocks().into_iter().filter(|block| block.info == "loom wrong").collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let found = load::load_text("book.loom", block.text.as_bytes()).check();
        assert!(found.has_errors(), "{}: it is right", block.place);
    }
}

#[test]
fn proto_files_are_those_of_the_contract_before_them() {
    let blocks = blocks();
    let mut options = wireloom_codegen::Options::default();
    options.only = vec!["proto".to_owned()];
    let pairs = blocks.windows(2).filter(|pair| pair[0].info == "loom" && pair[1].info == "proto");
    let texts = pairs.map(|pair| {
        let (files, _) = load::load_text("book.loom", pair[0].text.as_bytes()).generate(&options);
        let made: Vec<&String> = files.iter().map(|(_, text)| text).collect();
        assert!(made.iter().any(|text| text.ends_with(&pair[1].text)), "{}: it is {made:?}", pair[1].place);
    });
    assert_eq!(texts.count(), blocks.iter().filter(|block| block.info == "proto").count(), "each has its contract");
}

#[test]
fn commands_print_what_the_book_says() {
    let mut commands = 0;
    for block in blocks().into_iter().filter(|block| block.info == "console") {
        let (command, wanted) = block.text.split_once('\n').unwrap_or((&block.text, ""));
        let arguments =
            command.strip_prefix("$ wireloom ").unwrap_or_else(|| panic!("{}: no `$ wireloom`", block.place));
        let ran = Command::new(wireloom()).args(arguments.split(' ')).current_dir(root()).output().unwrap();
        let printed = String::from_utf8_lossy(&ran.stdout);
        assert!(printed.contains(wanted.trim_end()), "{}: `{command}` printed\n{printed}", block.place);
        commands += 1;
    }
    assert!(commands > 0);
}

#[test]
fn links_lead_somewhere() {
    let pages = files_below(&root().join("book/src"), "md");
    // A page stands in the summary, or inside another page.
    let all: String = pages.iter().map(|page| std::fs::read_to_string(page).unwrap()).collect();
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap_or_default();
            let outside = target.is_empty() || target.starts_with("http");
            let there = page.parent().is_some_and(|folder| folder.join(target).exists());
            assert!(outside || there, "{}: {target} is not there", page.display());
        }
        let name = page.strip_prefix(root().join("book/src")).unwrap().to_string_lossy().into_owned();
        // Tables are named from the folder of the page that shows them.
        let included = name.strip_prefix("reference/").unwrap_or(&name);
        let listed = all.contains(&format!("]({name})")) || all.contains(&format!("{{{{#include {included}}}}}"));
        assert!(name == "SUMMARY.md" || listed, "SUMMARY.md does not list {name}");
    }
}

/// The page of attacks names tests: functions in backticks, rows of tables and steps in quotes. Each is there.
#[test]
fn tests_that_the_page_of_attacks_names_are_there() {
    let sources =
        ["runtime/src", "runtime/tests", "tests/suites/auth"].map(|folder| files_below(&root().join(folder), "rs"));
    let judge = root().join("tests/auth/judge.mjs");
    let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    let sources: String = sources.into_iter().flatten().chain([judge]).map(read).collect();
    let page = read(root().join("book/src/auth/attacks.md"));
    let held = page.lines().filter(|line| line.starts_with('|')).filter_map(|line| line.rsplit('|').nth(1));
    let mut count = 0;
    for column in held.filter(|column| column.contains('"') || column.contains('`')) {
        let quoted = |mark: char| column.split(mark).skip(1).step_by(2);
        for test in quoted('`') {
            let said = [format!("fn {test}("), format!("fn {test}<")];
            assert!(said.iter().any(|said| sources.contains(said)), "no test is named {test}");
            count += 1;
        }
        for row in quoted('"') {
            let said = [format!("(\"{row}\","), format!(" \"{row}\","), format!("    \"{row}\":")];
            assert!(said.iter().any(|said| sources.contains(said)), "no row or step is named {row}");
            count += 1;
        }
    }
    assert!(count > 100, "{count} are named");
}

#[test]
fn the_page_of_diagnostics_is_fresh() {
    let mut page = String::from(
        "# Diagnostics\n\nGenerated from the compiler; `wireloom explain CODE` prints each of these, and `wireloom check --fix` mends those that \
             have a fix, where the right text is clear.\n",
    );
    for code in wireloom_codegen::all_codes() {
        let fix = if code.has_fix { ", with a fix" } else { "" };
        let headline = format!("*{}{fix}*", code.severity.as_str());
        page += &format!("\n## {}\n\n{headline}\n\n{}", code.name, code.explanation.trim_start());
    }
    blessed(&root().join("book/src/reference/diagnostics.md"), &page);
}

fn blocks() -> Vec<Block> {
    let pages = files_below(&root().join("book/src"), "md")
        .into_iter()
        .filter(|page| !page.ends_with("reference/diagnostics.md") && !page.ends_with("reference/compatibility.md"));
    pages.flat_map(|page| blocks_of(&page)).collect()
}

fn blocks_of(page: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(page).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in text.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(info) => {
                open = true;
                blocks.push(Block {
                    place: format!("{}:{}", page.display(), number + 1),
                    info: info.to_owned(),
                    text: String::new(),
                });
            }
            None if open => {
                if let Some(block) = blocks.last_mut() {
                    block.text += line;
                    block.text.push('\n');
                }
            }
            None => {}
        }
    }
    blocks
}

/// The command line, built with the workspace; tests lie one folder below it.
fn wireloom() -> std::path::PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).expect("a test lies in `deps`");
    let binary = folder.join(format!("wireloom{}", std::env::consts::EXE_SUFFIX));
    assert!(binary.exists(), "{} is not built: cargo build -p wireloom-cli", binary.display());
    binary
}
