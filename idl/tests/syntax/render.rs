//! Drawings and JSON.

use insta::assert_snapshot;
use wireloom_idl::diagnostic::{codes, render};
use wireloom_idl::{Diagnostic, SourceMap, Span};

fn place(sources: &SourceMap, file: wireloom_idl::FileId, what: &str, nth: usize) -> Span {
    let (at, _) = sources[file].text().match_indices(what).nth(nth).expect("the text has it");
    Span::new(file, at, at + what.len())
}

#[test]
fn two_places_in_one_file_and_one_in_another() {
    let mut sources = SourceMap::new();
    let one = sources.add("orders.loom", "record Order {\n\ttotal: Money  @3\n    // 日本\n    name: \"日本\" @3\n}\n");
    let two = sources.add("other.loom", "record Order {}\n");
    let diagnostic =
        Diagnostic::new(&codes::SAID_TWICE, place(&sources, one, "@3", 1), "number 3 is pinned twice in `Order`")
            .label("pinned again here")
            .also(place(&sources, one, "@3", 0), "first pinned here")
            .also(place(&sources, two, "Order", 0), "and this is another `Order`")
            .help("the next free number is 5");
    assert_snapshot!(render::human(&diagnostic, &sources, false), @r#"
    error[said-twice]: number 3 is pinned twice in `Order`
     --> orders.loom:4:16
      |
    2 |     total: Money  @3
      |                   -- first pinned here
    4 |     name: "日本" @3
      |                  ^^ pinned again here
     ::: other.loom:1:8
      |
    1 | record Order {}
      |        ----- and this is another `Order`
    help: the next free number is 5
    "#);
    assert_snapshot!(render::json(&diagnostic, &sources), @r#"{"code":"said-twice","severity":"error","message":"number 3 is pinned twice in `Order`","file":"orders.loom","line":4,"column":16,"end_line":4,"end_column":18,"help":"the next free number is 5","fix":null}"#);
}

#[test]
fn long_lines_are_cut_to_a_window() {
    let mut sources = SourceMap::new();
    let file = sources.add("a.loom", format!("{} here {}", "x".repeat(500), "y".repeat(500)));
    let diagnostic = Diagnostic::new(&codes::UNEXPECTED_TOKEN, place(&sources, file, "here", 0), "found `here`");
    assert_snapshot!(render::human(&diagnostic, &sources, false), @r#"
    error[unexpected-token]: found `here`
     --> a.loom:1:502
      |
    1 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx here yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
      |                                          ^^^^
    "#);
}

#[test]
fn nothing_hides_in_a_drawing() {
    let mut sources = SourceMap::new();
    let file = sources.add("a.loom", "a \u{202e}b\u{1b}[31m c");
    let diagnostic = Diagnostic::new(&codes::UNEXPECTED_TOKEN, place(&sources, file, "c", 0), "found `\u{1b}`");
    assert_snapshot!(render::human(&diagnostic, &sources, false), @r#"
    error[unexpected-token]: found `�`
     --> a.loom:1:11
      |
    1 | a �b�[31m c
      |           ^
    "#);
}

#[test]
fn without_a_place() {
    let diagnostic = Diagnostic::nowhere(&codes::FILE_TOO_LARGE, "too large");
    let drawn = render::human(&diagnostic, &SourceMap::new(), true);
    assert_eq!(drawn, "\u{1b}[1;31merror[file-too-large]\u{1b}[0m: \u{1b}[1mtoo large\u{1b}[0m\n");
    assert_snapshot!(render::json(&diagnostic, &SourceMap::new()), @r#"{"code":"file-too-large","severity":"error","message":"too large","file":null,"line":null,"column":null,"end_line":null,"end_column":null,"help":null,"fix":null}"#);
}

#[test]
fn a_fix_has_its_edits() {
    let mut sources = SourceMap::new();
    let file = sources.add("a.loom", "é x");
    let span = place(&sources, file, "x", 0);
    let diagnostic = Diagnostic::new(&codes::UNEXPECTED_TOKEN, span, "found `x`").fix("write `y`", span, "y\n");
    assert_snapshot!(render::json(&diagnostic, &sources), @r#"{"code":"unexpected-token","severity":"error","message":"found `x`","file":"a.loom","line":1,"column":3,"end_line":1,"end_column":4,"help":null,"fix":{"title":"write `y`","edits":[{"file":"a.loom","line":1,"column":3,"end_line":1,"end_column":4,"text":"y\n"}]}}"#);
}

#[test]
fn github_is_told_with_everything_escaped() {
    let mut sources = SourceMap::new();
    let file = sources.add("a,b:100%.loom", "record A {\n  b: sring\n}\n");
    let of = |span, message: &str| Diagnostic::new(&codes::UNKNOWN_TYPE, span, message);
    let diagnostic = of(place(&sources, file, "sring", 0), "no type `sring`, 100%: no\r\n::error::way");
    assert_snapshot!(render::github(&diagnostic.help("did you mean `string`?"), &sources), @"::error file=a%2Cb%3A100%25.loom,line=2,endLine=2,col=6,endColumn=11,title=unknown-type::no type `sring`, 100%25: no��::error::way%0Ahelp: did you mean `string`?");
    let mut over_lines = of(Span::new(file, 0, 14), "over lines").fix("write it anew", Span::new(file, 0, 0), "");
    over_lines.severity = wireloom_idl::Severity::Warning;
    assert_snapshot!(render::github(&over_lines, &sources), @"::warning file=a%2Cb%3A100%25.loom,line=1,endLine=2,title=unknown-type::over lines%0Ahelp: write it anew");
    let nowhere = Diagnostic::nowhere(&codes::HANDLER_UNBOUND, "nowhere");
    assert_snapshot!(render::github(&nowhere, &sources), @"::notice title=handler-unbound::nowhere");
}
