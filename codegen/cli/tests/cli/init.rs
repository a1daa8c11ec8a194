//! `wireloom init`: a project that builds, and nothing overwritten.

use crate::stage::Stage;

const FILES: [&str; 6] =
    ["Cargo.toml", "README.md", ".gitignore", "build.rs", "contracts/my_shop/my_shop.loom", "src/main.rs"];

#[test]
fn a_project_whose_contract_is_sound_and_tidy() {
    let stage = Stage::new(&[]);
    let ran = stage.run(&["init", "my-shop"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    for file in FILES {
        let text = stage.read(&format!("my-shop/{file}"));
        assert!(text.ends_with('\n') && !text.contains("{{") && !text.contains("}}"), "{file}: {text}");
    }
    assert!(stage.read("my-shop/Cargo.toml").contains("wireloom = \"0.1\"\n"));
    let checked = stage.run(&["check", "my-shop"]);
    assert_eq!((checked.code, checked.out.as_str()), (0, ""));
    assert_eq!(stage.run(&["fmt", "--check", "my-shop"]).out, "");
}

#[test]
fn nothing_is_overwritten() {
    let stage = Stage::new(&[("my-shop/src/main.rs", "mine")]);
    let ran = stage.run(&["init", "my-shop"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there already: `my-shop/src/main.rs`"), "{}", ran.err);
    assert_eq!(stage.read("my-shop/src/main.rs"), "mine");
    assert!(!stage.path("my-shop/Cargo.toml").exists());
}

#[test]
fn names_are_the_folders_or_given() {
    let stage = Stage::new(&[]);
    for (args, code) in [
        (&["init", "1st"][..], 2),
        (&["init", "my shop"], 2),
        (&["init", "match"], 2),
        (&["init", "wireloom"], 2),
        (&["init", "a", "--name", "../b"], 2),
        (&["init", "1st", "--name", "first"], 0),
    ] {
        assert_eq!(stage.run(args).code, code, "{args:?}");
    }
    assert!(stage.path("1st/contracts/first/first.loom").exists());
}

#[test]
fn dependencies_by_path() {
    let stage = Stage::new(&[("loom/runtime/Cargo.toml", "")]);
    assert_eq!(stage.run(&["init", "shop", "--wireloom-path", "nowhere"]).code, 2);
    assert_eq!(stage.run(&["init", "shop", "--wireloom-path", "loom"]).code, 0);
    let folder = stage.path("loom").canonicalize().unwrap();
    assert!(stage.read("shop/Cargo.toml").contains(&format!("wireloom = {{ path = {:?} }}", folder.join("runtime"))));
}
